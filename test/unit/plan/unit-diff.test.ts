import { describe, expect, it } from "vitest";
import { diffUnitTexts } from "../../../src/plan/unit-diff.ts";

const unit = (...lines: readonly string[]) => ["[Container]", ...lines, ""].join("\n");

describe("the difference between two texts of a unit", () => {
  it("names changed, added and removed settings by section and key", () => {
    const from = unit("Image=a:1", "Network=x.network", "User=1");
    const to = unit("Image=a:2", "Network=x.network", "Network=y.network");
    expect(diffUnitTexts(from, to)).toEqual([
      { path: "Container.Image", from: "a:1", to: "a:2" },
      { path: "Container.Network", from: null, to: "y.network" },
      { path: "Container.User", from: "1", to: null },
    ]);
  });

  it("pairs variables by their name and hides those that look like secrets", () => {
    const from = unit("Environment=TZ=UTC", "Environment=DB_PASSWORD=old");
    const to = unit("Environment=DB_PASSWORD=new", "Environment=TZ=Europe/Oslo", "Environment=API_TOKEN=x");
    const diff = diffUnitTexts(from, to);
    expect(diff).toEqual([
      { path: "Container.Environment.API_TOKEN", from: null, to: "(hidden)" },
      { path: "Container.Environment.DB_PASSWORD", from: "(hidden)", to: "(hidden, differs)" },
      { path: "Container.Environment.TZ", from: "UTC", to: "Europe/Oslo" },
    ]);
    expect(JSON.stringify(diff)).not.toMatch(/old|new/);
  });

  it("hides secrets in commands and URLs", () => {
    const diff = diffUnitTexts(
      unit("Exec=run --password old"),
      unit("Exec=run --password=new redis://u:p@h"),
    );
    expect(JSON.stringify(diff)).not.toMatch(/old|new|u:p/);
    expect(diff).toHaveLength(1);
  });

  it("says that a hidden value differs if nothing else does", () => {
    const [from, to] = [unit("Exec=run --token hunter1"), unit("Exec=run --token hunter2")];
    expect(diffUnitTexts(from, to)).toEqual([
      { path: "Container.Exec", from: "run --token (hidden)", to: "run --token (hidden, differs)" },
    ]);
  });

  it("pairs each variable of a line that sets several, quoted or not", () => {
    const from = unit("Environment=FOO=1 DB_PASSWORD=hunter1", `Environment="A=1 2" "API_TOKEN=hunter1"`);
    const to = unit("Environment=FOO=2 DB_PASSWORD=hunter2", `Environment="A=1 3" 'API_TOKEN=hunter1'`);
    expect(diffUnitTexts(from, to)).toEqual([
      { path: "Container.Environment.A", from: "1 2", to: "1 3" },
      { path: "Container.Environment.DB_PASSWORD", from: "(hidden)", to: "(hidden, differs)" },
      { path: "Container.Environment.FOO", from: "1", to: "2" },
    ]);
  });

  it.each([
    `Environment=OPTIONS=--password=hunter1`,
    `Environment="OPTIONS=--password hunter1"`,
    `PodmanArgs=--env=DB_PASSWORD=hunter1`,
    `PodmanArgs=--env DB_PASSWORD=hunter1`,
    `Exec=run "--password=hunter1"`,
    `Exec=run --password "hunter1 hunter1"`,
    `HealthCmd=curl -H "Authorization: Bearer hunter1" http://h/`,
    `Options=type=cifs,password=hunter1`,
    `Entrypoint=["run", "--password", "hunter1"]`,
    `ReloadCmd=run --token hunter1`,
    `LogOpt=splunk-token=hunter1`,
  ])("shows no secret of %s", (line) => {
    const shown = JSON.stringify(diffUnitTexts(unit("Image=a"), unit("Image=a", line)));
    expect(shown).toContain("(hidden)");
    expect(shown).not.toContain("hunter1");
  });

  it("ignores comments, order and the digest label", () => {
    const from = unit("# one", "Image=a", "Label=io.quadgate.unit-digest=1", "User=1");
    const to = unit("User=1", "# two", "Image=a", "Label=io.quadgate.unit-digest=2");
    expect(diffUnitTexts(from, to)).toEqual([]);
  });
});
