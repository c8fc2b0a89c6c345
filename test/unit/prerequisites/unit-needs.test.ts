import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import { type MountRule, ownerInUserNamespace } from "../../../src/model/host-requirements.ts";
import { instancesOf } from "../../../src/model/issue.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { conflicts, mountSources, unitNeeds } from "../../../src/prerequisites/index.ts";
import { labelWarnings } from "../../../src/prerequisites/shared-labels.ts";
import { type Generated, parseGenerated } from "../../../src/quadlet/generated.ts";
import { networksMade } from "../../../src/quadlet/network-names.ts";
import { FACTS } from "../../support/health-host.ts";

interface Spec {
  readonly instance?: string;
  readonly args: string;
  readonly content?: string;
  readonly pod?: boolean;
}

/** Units and what podman's generator would make of them, by the unit's stem. */
function generated(specs: Readonly<Record<string, Spec>>): { units: Unit[]; generated: Generated } {
  const units = Object.entries(specs).map(
    ([stem, { instance = stem, content = "" }]): Unit => ({
      name: `${stem}.container`,
      kind: "container",
      instance,
      content,
      mode: "0644",
      digest: digestOf(content),
      origin: { file: `desired-state/${instance}.yaml`, line: 1 },
      lines: new Map(
        content.split("\n").map((_, index) => [index + 1, { file: "x.yaml", line: index + 10 }]),
      ),
    }),
  );
  const services = Object.entries(specs).map(([stem, { args, pod }]) => {
    const text = pod
      ? `[X-Pod]\n[Service]\nExecStartPre=/usr/bin/podman pod create --name ${stem} ${args}\n`
      : `[X-Container]\n[Service]\nExecStart=/usr/bin/podman run --name ${stem} ${args} image\n`;
    return [`${stem}.service`, { service: `${stem}.service`, unit: `${stem}.container`, text }] as const;
  });
  const output = { folder: "/scratch", services: new Map(services), messages: [] };
  return { units, generated: parseGenerated(output, FACTS) };
}

function needsOf(specs: Readonly<Record<string, Spec>>) {
  const made = generated(specs);
  return unitNeeds(made.units, made.generated);
}

describe("what a unit needs", () => {
  it("is read from its podman command, whatever key or flag it comes from", () => {
    const [needs] = needsOf({
      db: {
        args:
          "-v %h/data:/data:Z --mount type=bind,source=/srv/media,target=/media,relabel=shared -v named:/x " +
          "-v /tmp/o:/o:O --secret pw,type=env,target=PW --secret pw,type=mount --secret key " +
          "--device /dev/dri:/dev/dri --device nvidia.com/gpu=all --network systemd-inner:ip=10.0.0.5 --network host " +
          "-p 127.0.0.1:8080:80 -p 53:53/udp -p 9000 --userns keep-id:uid=5,gid=6",
      },
    });
    expect(needs).toMatchObject({
      instance: "db",
      mounts: [
        { path: "/home/me/data", target: "/data", label: "Z" },
        { path: "/srv/media", target: "/media", label: "z" },
      ],
      secrets: ["pw", "key"],
      devices: ["/dev/dri"],
      networks: ["systemd-inner"],
      image: "image",
      userns: "keep-id:uid=5,gid=6",
    });
    expect(needs?.ports.map(({ address, host, protocol }) => [address, host, protocol])).toEqual([
      ["127.0.0.1", 8080, "tcp"],
      ["", 53, "udp"],
    ]);
  });

  it("leaves out what only systemd knows", () => {
    const [needs] = needsOf({ db: { args: "-v %S/data:/data --secret %m" } });
    expect(needs).toMatchObject({ mounts: [], secrets: [] });
  });

  it("is a network that another unit makes, by podman's name for it", () => {
    const services = new Map([
      [
        "inner-network.service",
        {
          service: "inner-network.service",
          unit: "inner.network",
          text: "[Service]\nExecStart=/usr/bin/podman network create --ignore --subnet 10.0.0.0/24 systemd-inner\n",
        },
      ],
    ]);
    expect([...networksMade(parseGenerated({ folder: "", services, messages: [] }, FACTS))]).toEqual([
      "systemd-inner",
    ]);
  });
});

const RULE: MountRule = {
  instance: "db",
  unit: "db.container",
  target: "/data",
  mode: "0700",
  nocow: false,
  missing: "make",
  requireMount: false,
  declared: false,
};

describe("the folders that a unit needs", () => {
  it("come from mounts that have a rule, parent folders first", () => {
    const needs = needsOf({ db: { args: "-v /srv/db/log:/log -v /srv/db:/data -v /raw:/raw" } });
    const rules = [RULE, { ...RULE, target: "/log", mode: "0755", owner: "5" }];
    expect(mountSources(needs, rules)).toEqual({
      folders: [
        expect.objectContaining({ path: "/srv/db", mode: "0700", owner: undefined, units: ["db.container"] }),
        expect.objectContaining({ path: "/srv/db/log", mode: "0755", owner: { uid: 5, gid: 5 } }),
      ],
      required: [],
      mounted: [],
    });
  });

  it("are those of a pattern's storage, even if a manifest mounts them elsewhere", () => {
    const needs = needsOf({ app: { args: "-v /srv/x:/x" }, db: { args: "-v /srv/x:/data" } });
    const rules = [
      { ...RULE, instance: "app", unit: "app.container", target: "/x", mode: "0755" },
      { ...RULE, declared: true, owner: "9:8" },
    ];
    const { folders } = mountSources(needs, rules);
    expect(folders).toEqual([
      expect.objectContaining({
        instance: "db",
        mode: "0700",
        owner: { uid: 9, gid: 8 },
        units: ["db.container", "app.container"],
      }),
    ]);
  });

  it("are available to other instances if one instance makes them", () => {
    const needs = needsOf({ app: { args: "-v /srv/x:/x:ro" }, db: { args: "-v /srv/x:/data" } });
    const refuse = {
      ...RULE,
      instance: "app",
      unit: "app.container",
      target: "/x",
      missing: "refuse",
    } as const;
    expect(mountSources(needs, [refuse, RULE]).required).toEqual([]);
    expect(mountSources(needs, [refuse]).required).toEqual([
      expect.objectContaining({ path: "/srv/x", target: "/x" }),
    ]);
  });
});

describe("an owner in a container, as podman unshare counts", () => {
  const self = { uid: 1000, gid: 100 };
  it.each([
    ["", 0, 0],
    ["", 999, 999],
    ["host", 999, 999],
    ["nomap", 999, 1000],
    ["keep-id", 1000, 0],
    ["keep-id", 0, 1],
    ["keep-id", 999, 1000],
    ["keep-id", 1001, 1001],
    ["keep-id:uid=999,gid=999", 999, 0],
    ["keep-id:uid=999,gid=999", 1000, 1000],
    ["keep-id:uid=999,gid=999", 5, 6],
  ])("with userns %j is, for user %i, %i", (userns, uid, expected) => {
    expect(ownerInUserNamespace({ uid, gid: 0 }, userns, self)?.uid).toBe(expected);
  });

  it("is unknown before the start if podman chooses the mapping, or has maps of its own", () => {
    for (const userns of ["auto", "auto:size=5", "uidmap", "private", "container:x"]) {
      expect(ownerInUserNamespace({ uid: 1, gid: 1 }, userns, self)).toBeUndefined();
    }
  });

  it("is never shared by two users of one container", () => {
    const id = fc.integer({ min: 0, max: 60_000 });
    const userns = fc.oneof(
      fc.constantFrom("", "host", "nomap", "keep-id"),
      fc.tuple(id, id).map(([uid, gid]) => `keep-id:uid=${uid},gid=${gid}`),
    );
    fc.assert(
      fc.property(userns, id, id, (kind, one, other) => {
        const [a, b] = [one, other].map((value) =>
          ownerInUserNamespace({ uid: value, gid: value }, kind, self),
        );
        expect(a?.uid === b?.uid).toBe(one === other);
        expect(a?.gid === b?.gid).toBe(one === other);
      }),
    );
  });
});

describe("files that several containers relabel", () => {
  const shared = (specs: Readonly<Record<string, Spec>>) => labelWarnings(needsOf(specs));

  it.each([
    ["/srv/a:/x:Z", "/srv/a:/y:Z", true],
    ["/srv/a:/x:Z", "/srv/a/b:/y:Z", true],
    ["/srv/a/b:/x:Z", "/srv/a:/y:z", true],
    ["/srv/a/:/x:ro,Z", "/srv//a:/y:Z", true],
    ["/srv/a:/x:z", "/srv/a:/y:z", false],
    ["/srv/a:/x:Z", "/srv/ab:/y:Z", false],
    ["/srv/a:/x:Z", "/srv/a:/y", false],
    ["named:/x:Z", "named:/y:Z", false],
  ])("are warned of for the mounts %s and %s: %s", (one, two, warns) => {
    const found = shared({ a: { args: `-v ${one}` }, b: { args: `-v ${two}` } });
    expect(found.map((issue) => [issue.code, instancesOf(issue).toSorted()])).toEqual(
      warns ? [["label-conflict", ["a", "b"]]] : [],
    );
  });

  it("are named once, with all their containers and the line of the manifest", () => {
    const found = shared({
      app: { args: "-v /srv/a:/x:Z", content: "[Container]\nVolume=/srv/a:/x:Z\n" },
      "app-db": { instance: "app", args: "-v /srv/a/db:/y:Z" },
      web: { args: "-v /srv/a:/x:z" },
    });
    expect(found).toEqual([
      {
        code: "label-conflict",
        message:
          '"/srv/a" is mounted by app.container with :Z, app-db.container with :Z (/srv/a/db) ' +
          "and web.container with :z; with SELinux, whichever starts last takes the files from the others",
        place: { file: "x.yaml", line: 11 },
        instance: "app",
        others: ["web"],
        hint: "write :z for all of them, or mount separate folders",
      },
    ]);
    expect(shared({ a: { args: "-v /srv/a:/x:Z -v /srv/a/b:/y:Z" } })).toEqual([]);
  });
});

describe("a conflict between units", () => {
  const lines = (specs: Readonly<Record<string, Spec>>) =>
    conflicts(needsOf(specs)).map((issue) => `${instancesOf(issue).join(" ")} ${issue.code}`);

  it("is reported once, with all units and all instances, at the first one's line", () => {
    const specs = Object.fromEntries(
      ["a", "b", "c"].map((name) => [
        name,
        { args: "-p 80:80 --name x", content: "[Container]\nPublishPort=80:80\nContainerName=x\n" },
      ]),
    );
    expect(conflicts(needsOf(specs)).map(({ message, others }) => ({ message, others }))).toEqual([
      {
        message: "port 80/tcp of the host is published by a.container, b.container and c.container",
        others: ["b", "c"],
      },
      {
        message:
          'a.container, b.container and c.container name their container "x"; ' +
          "whichever starts last removes the one before it",
        others: ["b", "c"],
      },
    ]);
  });

  it("is not reported within one container", () => {
    expect(lines({ a: { args: "-p 80:80 -p 80:81" } })).toEqual([]);
  });

  it.each([
    ["--name app", "--name app", true],
    ["--name app", "--name other", false],
    ["--name %m", "--name %m", false],
    ["", "", false],
  ])("of the names %s and %s is reported: %s", (one, two, clash) => {
    expect(lines({ a: { args: one }, b: { args: two } })).toEqual(clash ? ["a b name-conflict"] : []);
  });

  it.each([
    [true, true, true],
    [true, false, false],
  ])("of names, with one of a pod %s and one of a pod %s, is reported: %s", (one, two, clash) => {
    expect(lines({ a: { args: "--name app", pod: one }, b: { args: "--name app", pod: two } })).toEqual(
      clash ? ["a b name-conflict"] : [],
    );
  });

  it.each([
    ["-p 80:80", "-p 80:8080", true],
    ["-p 127.0.0.1:80:80", "-p 80:80", true],
    ["-p 127.0.0.1:80:80", "-p 192.168.1.5:80:80", false],
    ["-p 80:80/udp", "-p 80:80", false],
    ["-p 80-85:80-85", "-p 84:84", true],
    ["-p 80", "-p 80:80", false],
  ])("of the ports %s and %s is reported: %s", (one, two, clash) => {
    expect(lines({ a: { args: one }, b: { args: two } })).toEqual(clash ? ["a b port-conflict"] : []);
  });
});
