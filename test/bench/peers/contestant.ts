import type { FlagContext } from "../../../src/model/context";
import type { Kind } from "../definitions";

/** The flags that a ruleset is made of. */
export type Flags = readonly (readonly [key: string, kind: Kind])[];

/** One side of the comparison: rollease, a floor, or a peer. Each runs in a process of its own. */
export interface Contestant<Context, One, All> {
  /** The flags in its own format, as JSON text. */
  define(flags: Flags): string;
  /** Everything from the text to an SDK that answers. No network, no log, no callbacks, no counting. */
  open(text: string): Opened<Context, One, All> | Promise<Opened<Context, One, All>>;
  /** The context in its own shape. Done before anything is timed: an app builds that shape in the first place. */
  translate(context: FlagContext): Context;
  /** Whether its answers are rollease's, to the last field. Others bucket units by hashes of their own. */
  readonly isNative?: boolean;
  /** What an answer decided: true or false, or the name of a variant. */
  valueOf(answer: One): unknown;
  /** What `askAll` decided, by flag key. */
  valuesOf(answers: All): Readonly<Record<string, unknown>>;
}

export interface Opened<Context, One, All> {
  /** The evaluation of one flag, ready to be called over and over. */
  ask(key: string, kind: Kind): (context: Context) => One | Promise<One>;
  /** The evaluation of every flag. */
  askAll(context: Context): All | Promise<All>;
}

/** A contestant of which nothing more is known, as the process that runs it sees it. */
export type AnyContestant = Contestant<unknown, unknown, unknown>;
export type AnyOpened = Opened<unknown, unknown, unknown>;
