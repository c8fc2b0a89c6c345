import type { DriftReport } from "../../../src/model/drift.ts";
import type { Homelab } from "../../support/flow-homelab.ts";
import { type CorpusFile, corpus, fits } from "./corpus.ts";
import { CROWD, CROWD_CONF } from "./host.ts";

/** As many as one small machine starts at once. */
const BATCH = 30;

const play = (name: string, more: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  containers:
    - name: main
      image: localhost/busybox
      command: [hold]
      args: [with, "two words"]
      env: [{name: OF, value: "the yaml"}, {name: PASSWORD, value: hush}]
      ${more}
    - {name: side, image: "docker.io/library/busybox:1.36", command: [hold]}
`;

const YAML = {
  "played.yml": play(
    "corpus-played",
    "envFrom: [{configMapRef: {name: corpus-map}}]\n      ports: [{containerPort: 81, hostPort: 8252}]",
  ),
  "map.yml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: corpus-map}, data: {MAPPED: value}}\n",
  "plain.yml": play("corpus-plain", "ports: []"),
  "remap.yml": play("corpus-remap", "ports: []"),
};

const PREPARE = `
  mkdir -p corpus/{data,log,context,base,rootfs} ; cd corpus
  echo x >data/file; echo y >data/first
  echo FROM_FILE='of a file' >service.env
  printf 'A=1\\n# comment\\n  INDENTED=yes \\nQUOTED="kept"\\nOVERRIDDEN=by-the-file\\nBARE\\n' >container.env
  echo SECOND=2 >second.env
  printf '[containers]\\n' >module.conf; echo '{}' >auth.json
  printf 'FROM scratch AS first\\nFROM scratch AS last\\nARG WHO\\nCOPY file /file\\n' >context/Containerfile
  echo z >context/file; touch context/ignored
  echo 'FROM localhost/busybox' >base/Containerfile
  for name in a b c; do printf $name | podman secret create corpus-$name -; done
  podman create --name rx localhost/busybox; podman export rx | tar x -C rootfs; podman rm rx
  podman tag localhost/busybox localhost/corpus-pulled:1; podman save -o image.tar localhost/corpus-pulled:1
  podman rmi localhost/corpus-pulled:1`;

/** Other defaults for whatever a unit leaves open, as far as podman can start containers with them here. */
export const OTHER_DEFAULTS = `[containers]
annotations = ["conf.example=1"]
default_capabilities = ["CHOWN", "FOWNER", "KILL", "NET_RAW", "SETGID", "SETUID", "SYS_CHROOT"]
default_sysctls = ["net.ipv4.ping_group_range=0 1"]
default_ulimits = ["nofile=600:600", "core=0:0"]
dns_options = ["ndots:3"]
dns_searches = ["conf.example"]
dns_servers = ["192.0.2.7"]
env = ["FROM_CONF=1", "A=conf"]
http_proxy = false
init = true
label = false
log_driver = "k8s-file"
log_size_max = 1000000
read_only = true
shm_size = "20m"
tz = "UTC"
umask = "0027"
volumes = ["/home/homelab/corpus/data:/from-conf:ro"]
ipcns = "private"
cgroupns = "host"
container_name_as_hostname = true
[engine]
healthcheck_events = false
events_logger = "file"
pod_exit_policy = "continue"
stop_timeout = 3
pull_policy = "never"
[network]
default_subnet = "10.99.0.0/24"
`;

/** Where the trixie lab sees the other release, whose podman takes the place of its own while containers run. */
export const NEWER_ROOT = "/opt/newer";
export const BRING_NEWER_PODMAN = `
  loader=$(ls ${NEWER_ROOT}/usr/lib/*-linux-gnu*/ld-linux-*.so.* | head -1)
  mkdir /opt/programs
  for path in /usr/bin/podman /usr/libexec/podman/quadlet; do
    program=/opt/programs/$(basename $path)
    echo '#!/bin/sh' >$program
    echo "exec $loader --argv0 \\"\\$0\\" --library-path $(dirname $loader) ${NEWER_ROOT}$path \\"\\$@\\"" >>$program
    chmod 755 $program; mount --bind $program $path
  done`;

/** Writes podman's defaults for the user. */
export function configurePodman(home: Homelab, more: string): Promise<void> {
  return home.lab.write("/home/homelab/.config/containers/containers.conf", more);
}

/** Makes what the units of the corpus name: files, secrets, images, and YAML. */
export async function prepareCorpus(home: Homelab): Promise<void> {
  await home.lab.write(`/home/homelab/${CROWD_CONF}`, CROWD);
  await home.sh(PREPARE);
  for (const [name, text] of Object.entries(YAML)) await home.lab.write(`/home/homelab/corpus/${name}`, text);
  await home.sh(`mkdir -p ${home.unitDir}/corpus-beside; echo BESIDE=1 >${home.unitDir}/beside.env`);
}

/** The files that this host can run: those for root alone, or the others. */
export async function corpusFor(home: Homelab, root = false): Promise<readonly CorpusFile[]> {
  const podman = (await home.podman("version", "--format", "{{.Client.Version}}")).trim();
  const cgroup = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service";
  const controllers = (await home.sh(`cat ${cgroup}/cgroup.controllers`)).split(/\s+/);
  return corpus().filter((file) => fits(file, { podman, controllers, root }));
}

const isObject = ({ name }: CorpusFile) => /\.(network|volume|image|build)$/.test(name);
const isDropIn = ({ name }: CorpusFile) => name.includes(".d/");

/**
 * Networks, volumes and images first: others name them. A member of a pod goes with it. What takes a user namespace of a
 * size of its own is apart: it finds room only while nobody has mapped all ids.
 */
export function inBatches(files: readonly CorpusFile[]) {
  const dropInsOf = (batch: readonly CorpusFile[]) =>
    files.filter(({ name }) => batch.some((main) => name.startsWith(`${main.name}.d/`)));
  const groups = new Map<string, CorpusFile[]>();
  for (const file of files.filter((one) => !isObject(one) && !isDropIn(one))) {
    const key = /^Pod=(.*)$/m.exec(file.text)?.[1] ?? file.name;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const sized: CorpusFile[] = [];
  const others: CorpusFile[][] = [[]];
  for (const group of groups.values()) {
    if (group.some(({ text }) => /^RemapUsers=auto/m.test(text))) sized.push(...group);
    else {
      if ((others.at(-1)?.length ?? 0) >= BATCH) others.push([]);
      others.at(-1)?.push(...group);
    }
  }
  const complete = (batch: readonly CorpusFile[]) => [...batch, ...dropInsOf(batch)];
  return { objects: complete(files.filter(isObject)), sized: complete(sized), others: others.map(complete) };
}

/** A batch as files of a repository; containers and pods without an [Install] of their own start at boot. */
export function asFiles(batch: readonly CorpusFile[]): Record<string, string> {
  return Object.fromEntries(
    batch.map((file) => {
      const isOpen = /\.(container|pod|kube)$/.test(file.name) && !/^\s*\[Install\]/m.test(file.text);
      const install = isOpen ? "[Install]\nWantedBy=default.target\n" : "";
      return [`desired-state/${file.name}`, install + file.text];
    }),
  );
}

/** What differs or is worth a warning, with the reason; without health checks that have not had their time. */
export async function found(home: Homelab): Promise<readonly string[]> {
  const { document } = await home.ask<DriftReport>("drift");
  return document.instances.flatMap(({ units }) =>
    units.flatMap(({ unit, fields }) =>
      fields
        .filter(({ status, live }) => status !== "match" && live !== "running (not yet healthy)")
        .map(
          (one) => `${unit} ${one.status} ${one.field}: ${one.desired} | ${one.live} (${one.message ?? ""})`,
        ),
    ),
  );
}
