import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeLab } from "./harness/describe.ts";
import type { Lab } from "./harness/lab.ts";
import { checkout } from "./harness/paths.ts";

const UNITS = "/home/homelab/.config/containers/systemd";
const DESIRED = "/home/homelab/desired";
const IMAGE = "docker.io/library/busybox:1.37";
const OTHER_IMAGE = "docker.io/library/busybox:1.36";

/** Many keys of many kinds, as the homelab writes them. */
const FILES: Readonly<Record<string, string>> = {
  "reverse_proxy.network":
    "[Network]\nSubnet=10.89.2.0/24\nGateway=10.89.2.1\nLabel=a=b\nDNS=10.89.2.1\nInternal=true\n",
  "monitoring.network": "[Network]\n",
  "data.volume": "[Volume]\nLabel=foo=bar\n",
  "rich.container": `# managed elsewhere
[Unit]
Description=Rich
Wants=monitoring-network.service
After=monitoring-network.service

[Container]
Image=${IMAGE}
ContainerName=rich
Exec=/bin/sh -c "trap 'exit 0' TERM; echo $$HOME %% \${WORD}; while :; do sleep 1 & wait; done"
Network=reverse_proxy.network:ip=10.89.2.81,alias=web
Network=systemd-monitoring
NetworkAlias=richie
# a comment in mid-section
Environment=TZ=Europe/Oslo GREETING="hello world" PCT=50%% DB_PASSWORD=hush MACHINE=%m
Environment='JSON={"a": "b"}' URL=postgres://me:hush@db/app DOLLAR=$$5
EnvironmentFile=%h/app.env
Secret=apikey,type=env,target=API_KEY
Secret=filekey
Volume=%h/data:/data:Z
Volume=%h/cfg:/cfg/:ro,z
Volume=data.volume:/vol
Volume=/anonymous
Mount=type=bind,src=%h/cfg,dst=/also,ro
Tmpfs=/scratch:size=10M
PublishPort=127.0.0.1:8081:80
PublishPort=9443:443/udp
PublishPort=9000-9002:9000-9002
PublishPort=90
ExposeHostPort=7000
Label=traefik.enable=true "traefik.http.routers.rich.rule=Host(\`x.example.org\`)"
Label=traefik.http.routers.rich.middlewares=security-headers@file,rate-limit@file
Label=io.quadgate.instance=rich io.quadgate.unit-digest=0123
HealthCmd=/bin/true || exit 1
HealthInterval=30s
HealthRetries=5
HealthStartPeriod=1m30s
UserNS=keep-id:uid=0,gid=0
GroupAdd=1234
AddCapability=NET_ADMIN
DropCapability=CHOWN KILL
NoNewPrivileges=true
ReadOnly=true
SecurityLabelDisable=true
AddDevice=/dev/fuse
AddDevice=-/dev/dri/renderD128
AddHost=foo:10.0.0.9
DNSSearch=lan
HostName=richhost
Sysctl=net.ipv4.ip_unprivileged_port_start=0
Ulimit=nofile=1024:2048
ShmSize=64m
StopTimeout=1
Timezone=UTC
RunInit=false
LogDriver=journald
Notify=healthy

[Service]
MemoryMax=1.8G
MemoryHigh=48M
CPUQuota=150%
CPUWeight=50
IOWeight=200
TasksMax=77
Nice=5
Restart=no
Environment=WORD=hello
TimeoutStartSec=60

[Install]
WantedBy=default.target
`,
};

/** What differs, as `unit: field, field`; warnings are in brackets. */
type Found = Readonly<Record<string, readonly string[]>>;

interface Scenario {
  readonly title: string;
  readonly script: string;
  readonly expected: Found;
  /** Said of the field by name. */
  readonly message?: readonly [field: string, text: RegExp];
}

const rich = (...fields: readonly string[]): Found => ({ "rich.container": fields });

const LIVE: readonly Scenario[] = [
  {
    title: "podman update of the health check",
    script: "podman update --health-retries 9 rich",
    expected: rich("health"),
    message: ["health", /podman update/],
  },
  {
    title: "podman update without a health check",
    script: "podman update --no-healthcheck rich",
    expected: rich("health"),
  },
  {
    // podman notes the new value before the runtime refuses it: the lab has no memory controller.
    title: "podman update of the memory",
    script: "podman update --memory 64m rich || true",
    expected: rich("memory"),
    message: ["memory", /podman update/],
  },
  {
    title: "podman network disconnect",
    script: "podman network disconnect systemd-monitoring rich",
    expected: rich("networks"),
    message: ["networks", /podman network disconnect/],
  },
  {
    title: "podman network connect",
    script: "podman network create extra; podman network connect extra rich",
    expected: rich("networks"),
    message: ["networks", /podman network connect/],
  },
  {
    title: "another static address",
    script: `podman network disconnect systemd-reverse_proxy rich
      podman network connect --ip 10.89.2.99 --alias richie systemd-reverse_proxy rich`,
    expected: rich("networks"),
  },
  {
    title: "a network connected again without its alias",
    script:
      "podman network disconnect systemd-monitoring rich; podman network connect systemd-monitoring rich",
    expected: rich("aliases"),
  },
  { title: "podman pause", script: "podman pause rich", expected: rich("state") },
  { title: "podman rename", script: "podman rename rich poor", expected: rich("name") },
  { title: "systemctl stop", script: "systemctl --user stop rich", expected: rich("state") },
  { title: "podman stop", script: "podman stop rich; sleep 0.5", expected: rich("state") },
  { title: "podman rm", script: "podman rm -f -t 0 rich; sleep 0.5", expected: rich("state") },
  {
    title: "systemctl set-property of the memory",
    script: "systemctl --user set-property rich.service MemoryMax=6G",
    expected: rich("memory"),
    message: ["memory", /^systemctl set-property$/],
  },
  {
    title: "systemctl set-property of the CPU quota until the next boot",
    script: "systemctl --user set-property --runtime rich.service CPUQuota=50%",
    expected: rich("cpu"),
    message: ["cpu", /^systemctl set-property$/],
  },
  {
    title: "systemctl set-property of a property without a row",
    script: "systemctl --user set-property rich.service IPAccounting=yes",
    expected: rich("loaded"),
  },
  {
    title: "a moved tag",
    script: `podman tag ${OTHER_IMAGE} ${IMAGE}`,
    expected: rich("image"),
    message: ["image", /tag has moved/],
  },
  {
    title: "podman update of the restart policy",
    script: "podman update --restart always rich",
    expected: rich("restart"),
    message: ["restart", /^podman update$/],
  },
  {
    title: "an edited environment file",
    script: "echo A=2 >~/app.env",
    expected: rich("environment"),
    message: ["environment", /^the environment file has changed since$/],
  },
  {
    title: "a replaced secret that is mounted",
    script: "printf z | podman secret create --replace filekey -",
    expected: rich("secrets"),
    message: ["secrets", /^the secret was replaced since$/],
  },
  {
    title: "a replaced secret that is a variable",
    script: "printf z | podman secret create --replace apikey -",
    expected: rich("secrets"),
    message: ["secrets", /^the secret was replaced since$/],
  },
  {
    title: "a killed container",
    script: "podman kill rich; sleep 0.5",
    expected: rich("state"),
    message: ["state", /has failed/],
  },
  {
    title: "an orphaned container",
    script:
      "podman run -d --name left --label io.quadgate.instance=gone --label PODMAN_SYSTEMD_UNIT=gone.service localhost/busybox",
    expected: { left: ["container"] },
    message: ["container", /left behind: systemd no longer has gone.service/],
  },
  {
    title: "a foreign container with quadgate's label",
    script: "podman run -d --name guest --label io.quadgate.instance=rich localhost/busybox",
    expected: { guest: ["(container)"] },
    message: ["container", /no unit made it/],
  },
  {
    title: "a foreign container with a unit's label",
    script: "podman run -d --name guest --label PODMAN_SYSTEMD_UNIT=rich.service localhost/busybox",
    expected: { guest: ["(container)"] },
    message: ["container", /that service has another container/],
  },
  {
    title: "network DNS changed by podman",
    script: "podman network update --dns-add 1.1.1.1 systemd-monitoring",
    expected: { "monitoring.network": ["dns"] },
  },
];

const FILES_AND_UNITS: readonly Scenario[] = [
  {
    title: "an edited file",
    script: `sed -i s/MemoryHigh=48M/MemoryHigh=49M/ ${UNITS}/rich.container`,
    expected: rich("unit"),
    message: ["unit", /MemoryHigh$/],
  },
  {
    title: "an edited file that systemd has loaded",
    script: `sed -i s/MemoryHigh=48M/MemoryHigh=49M/ ${UNITS}/rich.container; systemctl --user daemon-reload`,
    expected: rich("memory", "loaded", "unit"),
  },
  {
    title: "an edited file that made the container",
    script: `sed -i s/GREETING=/GREETED=/ ${UNITS}/rich.container
      systemctl --user daemon-reload; systemctl --user restart rich`,
    expected: rich("environment", "loaded", "unit"),
    message: ["environment", /another unit text/],
  },
  { title: "a removed file", script: `rm ${UNITS}/rich.container`, expected: rich("unit") },
  {
    title: "a removed file that systemd has forgotten",
    script: `rm ${UNITS}/rich.container; systemctl --user daemon-reload`,
    expected: rich("loaded", "unit"),
  },
  {
    title: "a symbolic link to the same text",
    script: `mv ${UNITS}/rich.container ~/checkout; ln -s ~/checkout ${UNITS}/rich.container
      systemctl --user daemon-reload`,
    expected: {},
  },
  {
    title: "a Quadlet drop-in",
    script: `mkdir ${UNITS}/rich.container.d; printf '[Container]\\nEnvironment=X=y\\n' >${UNITS}/rich.container.d/9.conf`,
    expected: rich("unit"),
  },
  {
    title: "a systemd drop-in",
    script: `mkdir -p ~/.config/systemd/user/rich.service.d
      printf '[Service]\\nNice=9\\n' >~/.config/systemd/user/rich.service.d/o.conf; systemctl --user daemon-reload`,
    expected: rich("loaded"),
    message: ["loaded", /drop-in .*o\.conf/],
  },
  { title: "a masked service", script: "systemctl --user mask rich.service", expected: rich("loaded") },
  {
    title: "a shadowing unit",
    script: `mkdir -p ~/.config/systemd/user
      cp /run/user/1000/systemd/generator/rich.service ~/.config/systemd/user/; systemctl --user daemon-reload`,
    expected: rich("loaded"),
    message: ["loaded", /takes precedence over the generated service/],
  },
  {
    title: "a Quadlet hidden by another one",
    script: `mkdir -p /run/user/1000/containers/systemd
      cp ${UNITS}/rich.container /run/user/1000/containers/systemd/; systemctl --user daemon-reload`,
    expected: rich("loaded"),
    message: [
      "loaded",
      /^\/run\/user\/1000\/containers\/systemd\/rich.container takes precedence over the unit$/,
    ],
  },
];

/** The command that made the container, with something else in place of a part of it, run by hand. */
const byHand = (change: string) => `
  podman inspect rich --format '{{json .Config.CreateCommand}}' >create.json
  systemctl --user stop rich
  node -e '
    let words = JSON.parse(require("fs").readFileSync("create.json", "utf8"));
    words = words.filter((word) => !/^--(cidfile|sdnotify|cgroups|rm|replace)/.test(word));
    ${change}
    require("child_process").execFileSync(words[0], words.slice(1), { stdio: "ignore" });'`;

const BY_HAND: readonly Scenario[] = [
  {
    title: "another image",
    script: byHand(`words[words.indexOf("${IMAGE}")] = "${OTHER_IMAGE}";`),
    expected: rich("image", "(state)"),
    message: ["image", /created by hand/],
  },
  { title: "the same command, run by hand", script: byHand(""), expected: rich("made-from", "(state)") },
  {
    title: "another variable",
    script: byHand(`words[words.indexOf("DB_PASSWORD=hush")] = "DB_PASSWORD=open";`),
    expected: rich("environment", "(state)"),
  },
  {
    title: "a writable mount",
    script: byHand(`words[words.findIndex((word) => word.endsWith("/cfg/:ro,z"))] = "/tmp:/cfg:z";`),
    expected: rich("volumes", "(state)"),
  },
  {
    title: "another port",
    script: byHand(`words[words.indexOf("127.0.0.1:8081:80")] = "8082:80";`),
    expected: rich("ports", "(state)"),
  },
  {
    title: "a missing middleware",
    script: byHand(`words = words.map((word) => word.replace("security-headers@file,", ""));`),
    expected: rich("(traefik)", "made-from", "(state)"),
    message: ["traefik", /^middleware security-headers@file missing/],
  },
  {
    title: "a flag that no row covers",
    script: byHand(`words = words.map((word) => word.replace("port_start=0", "port_start=1"));`),
    expected: rich("made-from", "(state)"),
    message: ["made-from", /sysctl/],
  },
];

describeLab("drift on a real host", {}, (lab) => {
  beforeAll(async () => {
    const bundle = await build({
      entryPoints: [join(checkout, "test/lab/drift-probe.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      banner: {
        js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
      },
      write: false,
    });
    await lab().write("/home/homelab/drift-probe.mjs", bundle.outputFiles[0]?.text ?? "");
    for (const [name, text] of Object.entries(FILES)) await lab().write(`${DESIRED}/${name}`, text);
    await lab().sh(`mkdir -p ~/data ~/cfg ${UNITS}; echo A=1 >~/app.env
      podman tag ${IMAGE} localhost/kept
      printf x | podman secret create apikey -; printf y | podman secret create filekey -`);
  });

  beforeEach(async () => {
    await lab().sh(
      `
      systemctl --user --no-reload unmask rich.service; systemctl --user --no-reload revert rich.service
      rm -rf ${UNITS} ~/.config/systemd/user/rich.service* /run/user/1000/containers/systemd/rich.container
      echo A=1 >~/app.env; cp -r ${DESIRED} ${UNITS}
      podman rm -fa -t 0; podman network rm -f extra systemd-monitoring; podman tag localhost/kept ${IMAGE}
      systemctl --user daemon-reload; systemctl --user stop monitoring-network rich
      systemctl --user reset-failed`,
      { reject: false },
    );
    await lab().exec(["systemctl", "--user", "restart", "data-volume.service", "rich.service"]);
  });

  test("is absent after a start, reloads, a restart and a power cut", async () => {
    expect(await drift(lab())).toEqual({});
    for (const _ of [1, 2, 3, 4]) {
      await lab().exec(["systemctl", "--user", "daemon-reload"]);
      expect(await drift(lab())).toEqual({});
    }
    await lab().exec(["systemctl", "--user", "restart", "rich.service"]);
    expect(await drift(lab())).toEqual({});
    await lab().restart();
    const active = () => lab().exec(["systemctl", "--user", "is-active", "rich.service"], { reject: false });
    await expect.poll(async () => (await active()).stdout, { timeout: 30_000 }).toBe("active");
    expect(await drift(lab())).toEqual({});
  });

  test("shows no secret, whatever differs", async () => {
    await lab().sh(byHand(`words = words.map((word) => word.replace("hush", "open"));`));
    const text = JSON.stringify(await probe(lab()));
    expect(text).toContain("DB_PASSWORD");
    expect(text).not.toMatch(/hush|:open|=open/);
  });

  describe.each([
    ["a live change", LIVE],
    ["a change of files and units", FILES_AND_UNITS],
    ["a container made by hand", BY_HAND],
  ] as const)("%s is reported, and nothing else:", (_, scenarios) => {
    test.each(scenarios)("$title", async ({ script, expected, message }) => {
      await lab().sh(script);
      const report = await probe(lab());
      expect(summary(report)).toEqual(expected);
      if (message === undefined) return;
      const fields = report.instances.flatMap(({ units }) => units.flatMap((unit) => unit.fields));
      const said = fields.find(({ field, status }) => field === message[0] && status !== "match");
      expect(said?.message).toMatch(message[1]);
    });
  });
});

async function probe(lab: Lab): Promise<DriftReport> {
  const result = await lab.exec(["node", "/home/homelab/drift-probe.mjs", DESIRED]);
  return JSON.parse(result.stdout) as DriftReport;
}

async function drift(lab: Lab): Promise<Found> {
  return summary(await probe(lab));
}

function summary(report: DriftReport): Found {
  const units = report.instances.flatMap((instance) => instance.units);
  const found = units.map(({ unit, fields }) => {
    const differing = fields.filter(({ status }) => status !== "match");
    return [
      unit,
      differing.map(({ field, status }) => (status === "warning" ? `(${field})` : field)),
    ] as const;
  });
  return Object.fromEntries(found.filter(([, fields]) => fields.length > 0));
}
