/** Whether a service is a template (`x@.service`), which has no state of its own. */
export function isTemplate(service: string): boolean {
  return /@\.[a-z]+$/.test(service);
}

/** The template of an instance (`x@one.service`); any other service itself. */
export function templateOf(service: string): string {
  return service.replace(/@.*(\.[a-z]+)$/, "@$1");
}
