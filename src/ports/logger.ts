export type LogLevel = "debug" | "info" | "warn" | "error";
export type Logger = (level: LogLevel, message: string, meta?: Readonly<Record<string, unknown>>) => void;
