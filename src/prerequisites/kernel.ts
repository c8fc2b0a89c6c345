/** The lowest port that rootless containers may publish. */
export const UNPRIVILEGED = "net.ipv4.ip_unprivileged_port_start";

/** The command that sets a kernel parameter permanently. */
export const setSysctl = (name: string, value: number): string =>
  `echo ${name}=${value} | sudo tee /etc/sysctl.d/90-${name.replaceAll(/[./]/g, "-")}.conf ` +
  "&& sudo sysctl --system";
