import type { FlagContext } from "../src/model/context";
import type { AuditActor } from "../src/ports/database-adapter";

export interface CorsOptions {
  /** The origins whose pages may call, beside those that SDK keys are for: `"*"`, a list, or whoever the function says yes to. */
  readonly origin?: string | readonly string[] | ((origin: string) => boolean);
  /** Whether cookies may travel, from origins that are named here or by a key. Not with `"*"`. @defaultValue false */
  readonly credentials?: boolean;
  /** How long a browser may remember a preflight, in seconds. @defaultValue 600 */
  readonly maxAgeSec?: number;
}

export interface HandlerOptions {
  /**
   * Says who the caller is. What it names of `userId` and `tenantId` wins over what the caller claims; a name with the
   * value `undefined` means that the caller is nobody. Everything else is added to the caller's own context.
   */
  readonly contextFromRequest?: (request: Request) => FlagContext | Promise<FlagContext>;
  /**
   * Whether a browser may say who its user is: `claimed` believes it; `verified` wants `X-Rollease-User-Hash`, the hex
   * HMAC-SHA256 of the user's id with the server's secret, and treats a page without it as nobody's: it neither reads nor
   * writes that user's assignments. What `contextFromRequest` names needs no proof, and neither do server keys. @defaultValue "claimed"
   */
  readonly identity?: "claimed" | "verified";
  /** Lets a request change flags. Without it, nobody does. */
  readonly adminAuth?: (request: Request) => boolean | Promise<boolean>;
  /** Who is written into history for an admin's request. */
  readonly extractActor?: (request: Request) => AuditActor | undefined | Promise<AuditActor | undefined>;
  /** Lets a request see `GET /health`. @defaultValue everybody may */
  readonly healthAuth?: (request: Request) => boolean | Promise<boolean>;
  /** Addresses and networks (`10.0.0.0/8`, `2001:db8::/32`) that admin requests may come from; others are refused, whatever they carry. */
  readonly adminIPAllowlist?: readonly string[];
  /**
   * The address that a request comes from. A header such as `x-forwarded-for` is to be believed only where a proxy of your own
   * sets it. @defaultValue the socket's, under `serve`; else it is not known
   */
  readonly clientIp?: (request: Request) => string | undefined;
  /** Where the handler is mounted. @defaultValue "/api/rollease" */
  readonly basePath?: string;
  /** Lets pages of other origins call. @defaultValue only pages of the same origin, and of those that SDK keys are for */
  readonly cors?: CorsOptions;
  /**
   * Client keys beside those of `rl.keys`, for pages of any origin: each sees what clients may see in the server's
   * environment, and is as good as the code that lists it.
   */
  readonly clientKeys?: readonly string[];
  /**
   * Whether callers without a key may read flags that are visible to clients, and push. Where nothing is said, they may as
   * long as there is no SDK key, with a warning, but never in production: there, the handler refuses to start without keys.
   */
  readonly allowAnonymous?: boolean;
  /**
   * The server ends a stream of this age, give or take a fifth, and its reader resumes where it was, perhaps on another server;
   * 0 never does. @defaultValue 1800000
   */
  readonly maxStreamAgeMs?: number;
  /** Bodies past this are refused, in bytes. @defaultValue 1048576 */
  readonly maxBodyBytes?: number;
}
