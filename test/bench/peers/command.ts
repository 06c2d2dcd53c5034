import type { WorkloadName } from "./workloads";

/** What a contestant's process does when it is told to, with what it answers. All of it is plain JSON. */
export interface Commands {
  /** The definitions of so many flags, as text. */
  define: { readonly flags: number; answer: string };
  /** Checks every answer. In a process of its own: contexts of many shapes slow down what is timed afterwards. */
  check: { answer: null };
  /** Opens the rulesets of the five workloads. */
  prepare: { answer: null };
  /** Prepares turns of about `turnMs`. */
  warmUp: { readonly turnMs: number; answer: null };
  /** One turn: nanoseconds an evaluation. */
  take: { readonly workload: WorkloadName; answer: number };
  /** Bytes an evaluation, and how often garbage was collected meanwhile, which has to be never. */
  allocate: { readonly workload: WorkloadName; answer: Allocated };
  /** Milliseconds from text to answers. */
  start: { readonly file: string; answer: Started };
  /** Bytes of heap that a ruleset holds. */
  hold: { readonly file: string; answer: Held };
}
export type CommandName = keyof Commands;
export type Arguments<K extends CommandName> = Omit<Commands[K], "answer">;

export interface Allocated {
  /** Of several samples, the one in the middle, and the furthest from it. */
  readonly bytes: number;
  readonly furthest: number;
  readonly collections: number;
}

export interface Started {
  /** Text to the first answer of one flag. */
  readonly oneMs: number;
  /** Text to the answers of all flags. */
  readonly allMs: number;
}

export interface Held {
  /** After loading. */
  readonly loaded: number;
  /** After every flag was evaluated once. */
  readonly evaluated: number;
}

export type Request = { readonly [K in CommandName]: { readonly command: K; readonly args: Arguments<K> } }[CommandName];
export type Response = { readonly answer: unknown } | { readonly error: string };
