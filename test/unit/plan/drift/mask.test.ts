import { expect, test } from "vitest";
import { isSecretName, maskText, maskWords } from "../../../../src/plan/drift/mask.ts";

test("names that sound like secrets are secrets", () => {
  const secrets = [
    "DB_PASSWORD",
    "API_KEY",
    "jwt-token",
    "PGPASS",
    "traefik.http.middlewares.a.basicauth.users",
    "--creds",
  ];
  expect(secrets.filter((name) => !isSecretName(name))).toEqual([]);
  expect(["TZ", "GREETING", "traefik.enable", "PUID"].filter(isSecretName)).toEqual([]);
});

test("words of a command lose the values of their secret options", () => {
  const words = [
    "run",
    "--password",
    "a",
    "--api-key=b",
    "example.org/token=c",
    "--name",
    "x",
    "http://u:p@h/x",
  ];
  expect(maskWords(words)).toEqual([
    "run",
    "--password",
    "(hidden)",
    "--api-key=(hidden)",
    "example.org/token=(hidden)",
    "--name",
    "x",
    "http://(hidden)@h/x",
  ]);
});

test("a URL without a user stays as it is", () => {
  expect(maskText("http://h/a@b and https://h:80/")).toBe("http://h/a@b and https://h:80/");
});
