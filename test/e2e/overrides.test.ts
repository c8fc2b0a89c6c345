import { afterEach, beforeAll, expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab, workOf } from "../support/flow-homelab.ts";

const SLEEP = "Image=localhost/busybox:latest\nExec=sleep infinity\nStopTimeout=1\n";
const FILES = {
  "desired-state/web.container": `[Container]\nContainerName=web\nVolume=./conf:/conf\n${SLEEP}`,
  "desired-state/app.pod": "[Pod]\nPodName=app\n",
  "desired-state/app-api.container": `[Container]\nContainerName=app-api\nPod=app.pod\n${SLEEP}`,
};

interface Addition {
  readonly title: string;
  /** Below ~/.config. */
  readonly file: string;
  readonly text: string;
  /** What has it only once it is started anew. */
  readonly restart: string;
  /** The differences that an audit then tells, none of which anything can be done about: `UNIT FIELD`. */
  readonly told: readonly string[];
}

const ADDITIONS: readonly Addition[] = [
  {
    title: "a drop-in for all containers",
    file: "containers/systemd/container.d/tz.conf",
    text: "[Container]\nEnvironment=TZ=Mars/Olympus\n",
    restart: "web.service",
    told: ["app-api.container loaded", "web.container environment", "web.container loaded"],
  },
  {
    title: "a drop-in for all names with a beginning",
    file: "containers/systemd/app-.container.d/p.conf",
    text: "[Container]\nEnvironment=BEGINNING=app\n",
    restart: "app-pod.service app-api.service",
    told: ["app-api.container environment", "app-api.container loaded"],
  },
  {
    title: "a container that joins a pod",
    file: "containers/systemd/joins.container",
    text: `[Container]\nPod=app.pod\n${SLEEP}`,
    restart: "joins.service",
    told: ["app.pod loaded"],
  },
  {
    title: "systemd's drop-in for all services",
    file: "systemd/user/service.d/all.conf",
    text: "[Service]\nMemoryMax=150M\nTasksMax=77\n",
    restart: "web.service",
    told: ["app-api.container", "app.pod", "web.container"].flatMap((unit) => [
      `${unit} memory`,
      `${unit} tasks`,
    ]),
  },
];

describeHomelab("what other files of the host add to a unit", { files: FILES }, (home) => {
  const identities = () => Promise.all([home().identity("web"), home().identity("app-api")]);

  beforeAll(async () => {
    await home().sh(`mkdir -p ${home().unitDir}/conf`);
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
  });

  afterEach(async () => {
    const files = ADDITIONS.map(({ file }) => `.config/${file}`).join(" ");
    await home().sh(`systemctl --user stop joins; cd && rm -f ${files}; systemctl --user daemon-reload
      systemctl --user restart web app-pod app-api`);
  });

  test.each(ADDITIONS)("is reported and left alone: $title", async ({ file, text, restart, told }) => {
    await home().lab.write(`/home/homelab/.config/${file}`, text);
    await home().sh(`systemctl --user daemon-reload; systemctl --user restart ${restart}`);
    const before = await identities();
    const { exitCode, document } = await home().ask<DriftReport>("drift");
    const wrong = document.instances.flatMap(({ units }) =>
      units.flatMap(({ unit, fields }) =>
        fields
          .filter(({ status }) => status !== "match")
          .map(({ field, cause, message }) => ({ what: `${unit} ${field}`, cause, message })),
      ),
    );
    expect(wrong.map(({ what }) => what).sort()).toEqual(told);
    const ofPod = told.filter((one) => one.startsWith("app.pod"));
    expect((await audit(home(), "app")).drift).toEqual(ofPod);
    for (const one of wrong) {
      expect(one).toMatchObject({
        cause: "override",
        message: expect.stringContaining(file.split("/").at(-1) ?? ""),
      });
    }
    expect(exitCode).toBe(2);
    const answer = await home().ask("reconcile");
    expect(answer).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
    expect(workOf(answer.document)).toEqual([]);
    expect(await identities()).toEqual(before);
  });

  test("is ignored if it is an unreadable folder, which is named if it contains drop-ins", async () => {
    const { unitDir } = home();
    await home().sh(`podman exec web sh -c "chown 1000 /conf; chmod 700 /conf"`);
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    await home().sh(`mkdir -m 000 ${unitDir}/app-api.container.d`);
    expect(await audit(home())).toMatchObject({ exitCode: 2, drift: ["app-api.container unit"] });
    const { document } = await home().ask<{ issues: unknown }>("plan");
    expect(document.issues).toMatchObject([{ code: "file-obstructed", instance: "app-api" }]);
    const doctor = await home().lab.quadgate(["doctor"]);
    expect(doctor.stdout).toContain(`cannot read ${unitDir}/app-api.container.d, ${unitDir}/conf: `);
    await home().sh(`rmdir ${unitDir}/app-api.container.d; podman exec web chown 0 /conf`);
  });

  test("is nothing if the unit directory is a symbolic link, whatever paths are relative to it", async () => {
    const { unitDir } = home();
    await home().sh(`mv ${unitDir} ~/quadlets && ln -s ~/quadlets ${unitDir}; systemctl --user daemon-reload
      systemctl --user restart web`);
    const before = await identities();
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    expect((await home().ask("reconcile")).document).toMatchObject({ result: "in-sync" });
    expect(await identities()).toEqual(before);
  });
});
