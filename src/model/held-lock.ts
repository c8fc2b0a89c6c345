/** The lock of the state directory, in the hands of a process that may let others have it for a while. */
export interface HeldLock {
  /** Gives the lock to whoever asks. Until `take`, others can see that a sync is under way. */
  handOver(): Promise<void>;
  /** Gives the lock to whoever asks. Others do not see this sync until `take`: it has begun nothing. */
  letGo(): Promise<void>;
  /** Takes the lock back, once whoever has it lets go of it. */
  take(): Promise<void>;
}
