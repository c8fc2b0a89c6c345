export { type DaemonOptions, runDaemon } from "./daemon.ts";
export { mergeHook, postReceiveHook } from "./hook.ts";
export { createLogger, type Logger, type LogLevel, type LogOptions } from "./log.ts";
export { notifyDaemon, notifySocketPath } from "./notify.ts";
