import { expect, test } from "vitest";
import { parseEnvFile } from "../../../../src/quadlet/argv/env-file.ts";

test("an environment file is read as podman reads it, not as a shell would", () => {
  const text = `A=1
 B=2 \n# comment
\t# another
C="quoted"
D=a=b
E=
F
export G=1
H=x#y
A=2\r
`;
  expect(Object.fromEntries(parseEnvFile(text))).toEqual({
    A: "2",
    B: "2 ",
    C: '"quoted"',
    D: "a=b",
    E: "",
    "export G": "1",
    H: "x#y",
  });
});

test("each byte of an environment file that is not UTF-8 is U+FFFD, as podman shows it", () => {
  expect([...parseEnvFile("A=caf\udce9\udcff\n")]).toEqual([["A", "caf\ufffd\ufffd"]]);
});
