/**
 * Turns at changing the host. While all that an apply does is to wait for starts, another sync may have its
 * turn; what it takes over is no longer this apply's.
 */
export interface Turns {
  /** Does work that consists of turns. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Changes something of an instance. Throws TakenOver if another sync has taken the instance over. */
  turn<T>(instance: string, work: () => Promise<T>): Promise<T>;
  /** Within a turn: only waits until a start of a service has ended. Throws TakenOver as well. */
  wait(start: { readonly instance: string; readonly service: string }, end: Promise<void>): Promise<void>;
}

/** For an apply that lets nobody else have a turn. */
export const ALL_TURNS: Turns = {
  during: (work) => work(),
  turn: (_, work) => work(),
  wait: (_, end) => end,
};

/** Another sync has taken over what this one has begun. */
export class TakenOver extends Error {
  constructor(instance: string) {
    super(`another sync has taken ${instance} over`);
    this.name = "TakenOver";
  }
}
