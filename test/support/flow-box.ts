/** A pattern for tests: a container that does next to nothing, with a folder, a secret and a device where asked for. */
export const BOX_PATTERN = `title: Box
description: A container that waits.
parameters:
  data: { type: path, description: Its folder. }
  owner: { type: string, default: "", description: Owner of the folder. }
  key: { type: secret, description: Opens the box. }
  device: { type: string, default: "", description: A device that it needs. }
  library: { type: path, description: A folder that has to be there. }
  requireMount: { type: boolean, default: false, description: Both folders must be on mounted disks. }
defaults:
  image: docker.io/library/busybox:1.37
  memory: 64M
  networks: [boxes]
  devices: ["{{ values.device }}"]
  secrets: [{ name: "{{ values.key }}", type: env, target: KEY }]
storage:
  - { source: "{{ values.data }}", target: /data, purpose: Its data., mode: "0750", owner: "{{ values.owner }}", nocow: true, requireMount: values.requireMount }
  - { source: "{{ values.library }}", target: /library, purpose: Its library., shared: true, create: false, requireMount: values.requireMount }
units:
  - { kind: container, template: quadlets/container }
`;

/** A manifest of that pattern. The container is healthy once it has waited; it stops as soon as it is told to. */
export function box(more = "", seconds = 0): string {
  return `pattern: box
command: [sh, -c, "sleep ${seconds}; touch /tmp/ready; exec hold"]
health: { cmd: "test -e /tmp/ready", interval: 1h, retries: 3 }
${more}`;
}
