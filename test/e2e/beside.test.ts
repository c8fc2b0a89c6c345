import { expect, test } from "vitest";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab, type Homelab } from "../support/flow-homelab.ts";
import { container, desired, expectUntouched } from "../support/flow-left-alone.ts";

const pod = (greeting: string) => `apiVersion: v1
kind: Pod
metadata: { name: play }
spec:
  containers:
    - name: main
      image: localhost/busybox
      command: [sleep, infinity]
      env:
        - { name: GREETING, value: ${greeting} }
        - { name: TONE, valueFrom: { configMapKeyRef: { name: play, key: tone } } }
`;
const tone = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: play }\ndata: { tone: ${value} }\n`;
const containerfile = 'FROM localhost/busybox:latest\nCOPY says.txt /says.txt\nCMD ["sleep", "infinity"]\n';

const FILES = desired({
  "site/site.container": container(
    "site",
    "EnvironmentFile=./site.env\nVolume=./conf:/conf:ro\nVolume=./data:/data\n",
  ),
  "site/site.env": "GREETING=hello\n",
  "site/conf/a.yaml": "pattern: none\n",
  "site/conf/.hidden": "one\n",
  "play.kube": "[Kube]\nYaml=play.yaml\nConfigMap=play-map.yaml\n",
  "play.yaml": pod("hello"),
  "play-map.yaml": tone("soft"),
  "twin/twin.container": container("twin", "EnvironmentFile=site.env\nVolume=./data:/data\n"),
  "twin/site.env": "GREETING=twin\n",
  "made/made.build": "[Build]\nImageTag=localhost/made:1\nFile=Containerfile\nSetWorkingDirectory=unit\n",
  "made/Containerfile": containerfile,
  "made/says.txt": "one\n",
  "made/made.container": container("made").replace("localhost/busybox", "made.build"),
});

const NAMES = ["site", "play-main", "made", "twin"];

/** Which of the containers were created anew by this work. */
async function renewed(home: Homelab, work: () => Promise<unknown>): Promise<readonly string[]> {
  const ids = () => Promise.all(NAMES.map((name) => home.podman("inspect", "--format", "{{.Id}}", name)));
  const before = await ids();
  await work();
  const after = await ids();
  return NAMES.filter((_, index) => after[index] !== before[index]);
}

describeHomelab("files beside raw Quadlets", { files: FILES }, (home) => {
  const environment = (name: string) => home().podman("exec", name, "env");
  const says = () => home().podman("exec", "made", "cat", "/says.txt");
  const change = (files: Record<string, string | null>) => home().deploy(files, "Change files", "--yes");

  test("are deployed beside them, in a folder of their own where two would meet", async () => {
    await home().sh(`mkdir -p ${home().unitDir}/{,twin/}data && touch ${home().unitDir}/{,twin/}data/mine`);
    const { exitCode, stderr } = await home().ask("reconcile", "--yes");
    expect(exitCode, stderr).toBe(0);
    expect(await environment("site")).toContain("GREETING=hello");
    expect(await environment("twin")).toContain("GREETING=twin");
    expect(await environment("play-main")).toContain("TONE=soft");
    expect(await home().podman("exec", "site", "cat", "/conf/a.yaml", "/conf/.hidden")).toBe(
      "pattern: none\none",
    );
    expect(await says()).toBe("one");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    await expectUntouched(home(), 0, 1);
  });

  test("restart or build what reads them when they change in git, and nothing else", async () => {
    const files = {
      ...desired({ "site/conf/b/new.service": "new\n", "play-map.yaml": tone("loud") }),
      "desired-state/site/conf/.hidden": null,
    };
    expect(await renewed(home(), () => change(files))).toEqual(["site", "play-main"]);
    expect(await home().sh("podman exec site find /conf -type f | sort")).toBe(
      "/conf/a.yaml\n/conf/b/new.service",
    );
    expect(await environment("play-main")).toContain("TONE=loud");
    expect(await renewed(home(), () => change(desired({ "made/says.txt": "two\n" })))).toEqual(["made"]);
    expect(await says()).toBe("two");
  });

  test("are drift when somebody edits them, and are mended", async () => {
    const env = `${home().unitDir}/twin/site.env`;
    await home().sh(`chmod 600 ${env} && echo GREETING=edited >${env}`);
    expect((await audit(home())).drift).toContain(`${env} unit`);
    const broken = desired({ "made/Containerfile": "FROM localhost/busybox:latest\nRUN false\n" });
    const anew = await renewed(home(), async () => {
      expect((await change(broken)).exitCode).toBe(1);
    });
    expect(anew).toEqual(["twin"]);
    expect(await home().sh(`stat -c %a ${env} && cat ${env}`)).toBe("600\nGREETING=twin");
    expect(await says()).toBe("two");
  });

  test("go with their Quadlets, and what the container made stays", async () => {
    const { stderr } = await change({ "desired-state/site": null, "desired-state/twin": null });
    const left = await home().sh(`cd ${home().unitDir} && find . -mindepth 1 | sort`);
    expect(left.split("\n"), stderr).toEqual([
      ...["./Containerfile", "./data", "./data/mine", "./made.build", "./made.container"],
      ...["./play-map.yaml", "./play.kube", "./play.yaml", "./says.txt"],
      ...["./twin", "./twin/data", "./twin/data/mine"],
    ]);
  });
});
