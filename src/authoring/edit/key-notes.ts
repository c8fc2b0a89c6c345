/**
 * The keys of a manifest in the order in which people look for them, with the comments for a new manifest.
 */
export const KEY_NOTES: Readonly<Record<string, string>> = {
  pattern: "",
  image: "A tag, or a digest (name@sha256:...) that never changes.",
  hostname: "The public name, without https://. Traefik leads it to the port.",
  port: "The port that the service listens on in its container.",
  memory: "Hard limit; the kernel slows the service down a little earlier.",
  memoryHigh: "From here on the kernel slows the service down.",
  environment: "Never a password: that is what secrets are for.",
  secrets: "Made with: podman secret create NAME FILE",
  volumes: "",
  networks: "Replaces the pattern's list; the first one gives the default route.",
  devices: "",
  publish: "",
  labels: "",
  command: "",
  health: "",
  route: "",
  metrics: "",
  values: "",
  dependsOn: "These are started first.",
};
