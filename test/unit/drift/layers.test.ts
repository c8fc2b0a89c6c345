import { describe, expect, test } from "vitest";
import { driftQuestion } from "../../../src/drift/index.ts";
import type { Json } from "../../../src/model/live.ts";
import { driftInput, driftOf, type RecordedDrift } from "../../support/recorded-drift.ts";
import {
  differing,
  onlyField,
  type Recorded,
  recorded,
  withContainer,
  withDesired,
  withLive,
  withService,
} from "./host.ts";

const RICH = "rich.container";
const ENV_FILE = "/home/homelab/app.env";
const STARTED = "2026-01-01T10:00:00Z";

interface Inspect {
  Id: string;
  State: { StartedAt: string; Running: boolean; Status: string };
  Config: { Secrets: { Name: string; ID: string; UID: number; GID: number; Mode: number }[]; Env: string[] };
  HostConfig: { Ulimits: Json[]; PidsLimit: number; RestartPolicy: { Name: string } };
}

const changed = (change: (container: Inspect) => void, version: Recorded = "5.4") =>
  withContainer(recorded(version), change);

function secret(name: string, id: string, updatedAt: string): Json {
  return { ID: id, UpdatedAt: updatedAt, Spec: { Name: name } };
}

describe("inputs that changed after the container was made", () => {
  const withFile = (text: string) => withLive(recorded("5.4"), { inputs: new Map([[ENV_FILE, text]]) });

  test("are not drift as long as they give the same values", () => {
    expect(differing(withFile("# only A\nA=1\n"))).toEqual([]);
    expect(differing(withFile(""))).toEqual([]);
  });

  test("include an edited environment file, whose values are never shown", () => {
    const field = onlyField(withFile("A=top-secret\nB=new\n"));
    expect(field).toMatchObject({ field: "environment", cause: "input" });
    expect(field.message).toBe("the environment file has changed since");
    expect(field.diff?.map(({ path }) => path)).toEqual(["environment.A", "environment.B"]);
    expect(JSON.stringify(field)).not.toMatch(/top-secret|new/);
  });

  test("do not count if the unit itself sets the variable", () => {
    expect(differing(withFile("TZ=Mars/Olympus\n"))).toEqual([]);
  });

  test("include a mounted secret that was replaced", () => {
    const input = changed(({ Config }) => {
      for (const one of Config.Secrets) one.ID = "then";
    });
    const other = secret("apikey", "x", STARTED);
    const now = (id: string) => withLive(input, { secrets: [secret("filekey", id, STARTED), other] });
    expect(differing(now("then"))).toEqual([]);
    const field = onlyField(now("now"));
    expect(field).toMatchObject({
      field: "secrets",
      cause: "input",
      message: "the secret was replaced since",
    });
  });

  test("include a secret in a variable that was set after the start", () => {
    const input = changed(({ State }) => Object.assign(State, { StartedAt: STARTED, Running: true }));
    const mounted = recorded("5.4").live.secrets.slice(0, 1);
    const set = (at: string) => withLive(input, { secrets: [...mounted, secret("apikey", "x", at)] });
    expect(differing(set("2026-01-01T09:59:59Z"))).toEqual([]);
    expect(onlyField(set("2026-01-01T10:00:01Z"))).toMatchObject({ field: "secrets", cause: "input" });
  });

  test.each([
    ["filekey", 0],
    ["apikey", 1],
  ])("include a secret that is gone: %s", (name, index) => {
    const input = recorded("5.4");
    const left = withLive(input, { secrets: input.live.secrets.filter((_, one) => one !== index) });
    expect(onlyField(left)).toMatchObject({
      field: "secrets",
      cause: "input",
      message: "podman no longer has the secret, so the next start fails",
      diff: [{ path: `secrets.${name}`, to: "no such secret" }],
    });
    const suggestions = driftOf(left).instances.flatMap(({ units }) =>
      units.flatMap((unit) => unit.suggestions.map(({ text }) => text)),
    );
    expect(suggestions).toEqual([`podman secret create ${name} FILE`, "quadgate reconcile rich.container"]);
  });

  test("do not include a secret whose name is unknown, because podman was not asked for it", () => {
    const rename = (text: string) =>
      text.replaceAll("Secret=filekey", "Secret=%m").replaceAll("--secret filekey", "--secret %m");
    const host = withDesired(recorded("5.4"), RICH, rename);
    const changed = withContainer(host, ({ Config }: Inspect & { Config: { CreateCommand: string[] } }) => {
      Config.CreateCommand = Config.CreateCommand.map((word) => (word === "filekey" ? "c0ffee" : word));
      for (const one of Config.Secrets) one.Name = "c0ffee";
    });
    expect(differing(withLive(changed, { secrets: changed.live.secrets.slice(1) }))).not.toContain(
      `${RICH} secrets`,
    );
  });

  test("are asked for by name, and only if a unit mentions them", () => {
    const { units, generated } = driftInput(recorded("5.4"));
    const question = driftQuestion(units, generated);
    expect(question).toMatchObject({
      inputs: [ENV_FILE],
      secrets: ["apikey", "filekey"],
      pods: [],
      images: [],
    });
    const others = units.filter(({ name }) => name !== RICH);
    expect(driftQuestion(others, generated)).toMatchObject({ inputs: [], secrets: [] });
  });
});

describe("a unit hidden by another file", () => {
  const loadedFrom = (source: string): RecordedDrift => {
    const host = recorded("5.4");
    const text = host.live.generated.get("rich.service") ?? "";
    const generated = new Map(host.live.generated);
    generated.set("rich.service", text.replace(/^SourcePath=.*$/m, `SourcePath=${source}`));
    return withLive(host, { generated });
  };

  test.each([
    "/run/user/1000/containers/systemd/rich.container",
    "/home/homelab/.config/containers/systemd/a/rich.container",
  ])("is reported with the file's place: %s", (source) => {
    expect(onlyField(loadedFrom(source))).toMatchObject({
      field: "loaded",
      cause: "override",
      live: "shadowed",
    });
    expect(onlyField(loadedFrom(source)).message).toContain(source);
  });

  test("is not suspected if the unit directory is reached by another path", () => {
    expect(differing(loadedFrom("/home/homelab/dotfiles/quadlets/rich.container"))).toEqual([]);
  });
});

describe("containers without a unit", () => {
  const stray = (labels: Record<string, string>, more: Record<string, Json> = {}): Json => ({
    Id: "f".repeat(64),
    Name: "stray",
    State: { Running: true, Status: "running" },
    Config: { Labels: labels },
    ...more,
  });
  const beside = (container: Json, loadState?: string): RecordedDrift => {
    const host = recorded("5.4");
    const known = host.live.services.get("rich.service");
    if (known === undefined) throw new Error("there is no rich.service");
    const services = new Map(host.live.services);
    if (loadState !== undefined) services.set("gone.service", { ...known, name: "gone.service", loadState });
    return withLive(host, { containers: [...host.live.containers, container], services });
  };
  const LABEL = { "io.quadgate.instance": "gone" };

  test("are left alone if nothing marks them as quadgate's", () => {
    expect(differing(beside(stray({})))).toEqual([]);
    expect(differing(beside(stray({ PODMAN_SYSTEMD_UNIT: "other.service" })))).toEqual([]);
  });

  test("are orphaned if systemd no longer has their service", () => {
    const labels = { ...LABEL, PODMAN_SYSTEMD_UNIT: "gone.service" };
    expect(differing(beside(stray(labels), "not-found"))).toEqual(["stray container"]);
    expect(differing(beside(stray(labels), "loaded"))).toEqual([]);
  });

  test("are worth a warning if they have quadgate's label and no service", () => {
    expect(differing(beside(stray(LABEL)))).toEqual(["stray (container)"]);
  });

  test("are worth a warning if the service that they name has another container", () => {
    const container = stray({ PODMAN_SYSTEMD_UNIT: "rich.service" });
    expect(differing(beside(container))).toEqual(["stray (container)"]);
  });

  test("are reported only for the instances that were asked for", () => {
    const input = beside(stray(LABEL));
    expect(differing({ ...input, only: new Set(["gone"]) })).toEqual(["stray (container)"]);
    expect(differing({ ...input, only: new Set(["rich"]) })).toEqual([]);
  });
});

describe("changes that podman makes to an existing container", () => {
  test.each([
    ["restart", (c: Inspect) => Object.assign(c.HostConfig, { RestartPolicy: { Name: "always" } })],
    [
      "ulimits",
      (c: Inspect) =>
        Object.assign(c.HostConfig, { Ulimits: [{ Name: "RLIMIT_NOFILE", Soft: 1024, Hard: 4096 }] }),
    ],
  ])("show in %s as podman update", (field, change) => {
    expect(onlyField(changed(change))).toMatchObject({ field, cause: "live", message: "podman update" });
  });

  test("show in tasks if the unit declares a limit, but not if podman's default applies", () => {
    const limit = (c: Inspect) => Object.assign(c.HostConfig, { PidsLimit: 300 });
    expect(differing(changed(limit))).toEqual([]);
    const flag = (text: string) => text.replace("--stop-timeout 1", "--stop-timeout 1 --pids-limit 100");
    const input = withDesired(changed(limit), RICH, flag);
    expect(differing(input)).toContain(`${RICH} tasks`);
  });

  test("are not reported for an unlimited value that the user's own limit cuts", () => {
    const open = (text: string) => text.replaceAll("nofile=1024:2048", "nofile=1024:-1");
    const limited = (hard: number) =>
      withContainer(
        withDesired(recorded("5.4"), RICH, open),
        (c: Inspect & { Config: { CreateCommand: string[] } }) => {
          c.Config.CreateCommand = c.Config.CreateCommand.map(open);
          c.HostConfig.Ulimits = [{ Name: "RLIMIT_NOFILE", Soft: 1024, Hard: hard }];
        },
      );
    expect(differing(limited(20_000))).not.toContain(`${RICH} ulimits`);
  });
});

test("a limit of the service that systemctl set-property lowered is reported under its field", () => {
  const input = withService(recorded("5.4"), "rich.service", { memoryLow: 8 * 1024 ** 2 });
  expect(onlyField(input)).toMatchObject({ field: "memory", cause: "live" });
});

describe("a limit that a drop-in for all services lowered", () => {
  const VENDOR = "/usr/lib/systemd/user/service.d/10-timeout-abort.conf";
  const OWN = "/home/homelab/.config/systemd/user/service.d/all.conf";
  const CONTROL = "/home/homelab/.config/systemd/user.control/rich.service.d/50-MemoryLow.conf";
  const lowered = (dropInPaths: readonly string[]) =>
    withService(recorded("5.4"), "rich.service", { memoryLow: 8 * 1024 ** 2, dropInPaths });

  test("is an override, reported with the drop-in's name, that no restart undoes", () => {
    expect(onlyField(lowered([VENDOR, OWN]))).toMatchObject({
      field: "memory",
      cause: "override",
      message: `drop-in ${OWN}`,
    });
  });

  test("is a live change if systemctl set-property has set it as well", () => {
    expect(onlyField(lowered([OWN, CONTROL]))).toMatchObject({
      cause: "live",
      message: "systemctl set-property",
    });
  });

  test("is a live change if podman has changed the container's own limit as well", () => {
    const input = withContainer(lowered([OWN]), ({ HostConfig }: { HostConfig: { Memory: number } }) => {
      HostConfig.Memory = 1024 ** 3;
    });
    expect(onlyField(input)).toMatchObject({
      field: "memory",
      cause: "live",
      message: `drop-in ${OWN}; podman update`,
    });
  });
});
