import { describe, expect, it } from "vitest";
import { unitDigest } from "../../../src/model/unit.ts";
import { meansTheSame, saysNothing, significantDigest } from "../../../src/quadlet/significant-text.ts";
import { unitOf } from "../../support/plan-input.ts";

const TEXT = `[Unit]
Description=The web
After=db.service

[Container]
Image=web:1
Label=io.quadgate.unit-digest=0123
Exec=serve \\
  --all
`;

describe("what a unit's text means", () => {
  it.each([
    ["a comment", `# hello\n${TEXT}; bye\n`],
    ["a comment within a continued line", TEXT.replace("  --all", "# why\n  --all")],
    ["blank lines and blanks around a key", TEXT.replace("Image=web:1", "\n  Image =  web:1  \n")],
    ["a description", TEXT.replace("The web", "Another \\\n  word")],
    ["no description at all", TEXT.replace("Description=The web\n", "")],
    ["a section for others", `[X-Quadgate]\nOnDrift=heal\n${TEXT}[X-Other]\nImage=web:2\n`],
    ["a key for others", TEXT.replace("After=", "X-Owner=me\nAfter=")],
    ["the label that names the text", TEXT.replace("unit-digest=0123", "unit-digest=4567")],
    ["another order of sections", TEXT.replace(/^(\[Unit\].*?\n\n)(.*)$/s, "$2\n$1")],
    ["a section of systemd's without a line", `${TEXT}[Install]\n`],
  ])("stays the same with %s", (_, text) => {
    expect(text).not.toBe(TEXT);
    expect(meansTheSame(TEXT, text)).toBe(true);
    const [one, other] = [unitOf("web.container", TEXT), unitOf("web.container", text)];
    expect(significantDigest([one])).toBe(significantDigest([other]));
  });

  it.each([
    ["a value", TEXT.replace("web:1", "web:2")],
    ["what a continued line says", TEXT.replace("--all", "--none")],
    ["a comment sign in a value", TEXT.replace("web:1", "web:1#2")],
    ["a key less", TEXT.replace("After=db.service\n", "")],
    ["a section of podman's without a line", `${TEXT}[Quadlet]\n`],
    [
      "a key more",
      TEXT.replace("Image=web:1\n", "").replace("[Container]", "[Container]\nUser=1\nImage=web:1"),
    ],
    ["a description of another section", `${TEXT}Description=x\n`],
    ["a label of the user's", TEXT.replace("io.quadgate.unit-digest", "unit-digest")],
    ["a line that is neither key nor section", `${TEXT}oops\n`],
    ["the section of a key", TEXT.replace("[Container]", "[Service]")],
  ])("changes with %s", (_, text) => {
    expect(text).not.toBe(TEXT);
    expect(meansTheSame(TEXT, text)).toBe(false);
    expect(significantDigest([unitOf("web.container", TEXT)])).not.toBe(
      significantDigest([unitOf("web.container", text)]),
    );
  });

  it("is nothing for a drop-in of comments, whether it is there or not", () => {
    const web = unitOf("web.container", TEXT);
    const dropIn = (content: string) => unitOf("web.container.d/10-note.conf", content);
    const described = dropIn("# a\n[Unit]\nDescription=x\n");
    const order = unitOf("web.container.d/90-quadgate-order.conf", "[Unit]\nAfter=db.service\n");
    const says = [described, order, dropIn("[Service]\nNice=1\n")].map(saysNothing);
    expect(says).toEqual([true, true, false]);
    expect(significantDigest([dropIn("# a\n"), web, order])).toBe(significantDigest([web]));
    expect(significantDigest([web, dropIn("[Service]\nNice=1\n")])).not.toBe(significantDigest([web]));
  });

  it("is all of a file that a container mounts, and its mode", () => {
    const file = (content: string, mode = "0644") => {
      const unit = { ...unitOf("/srv/web.conf", content), kind: "file" as const, mode };
      return significantDigest([{ ...unit, digest: unitDigest(unit) }]);
    };
    expect(new Set([file("a"), file("# c\na"), file("a", "0600")]).size).toBe(3);
  });
});
