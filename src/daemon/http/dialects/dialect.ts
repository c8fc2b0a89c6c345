/** One delivery, as it came in. The body's bytes are what was signed; nobody parses them. */
interface Delivery {
  /** Case-insensitive; undefined when there is no such header. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** How one kind of forge signs its webhooks. */
export interface Dialect {
  /** Whether the delivery comes from somebody who knows the secret; compares in constant time. */
  readonly verify: (delivery: Delivery, secret: string) => boolean;
}
