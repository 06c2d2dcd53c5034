import type { FlagContext } from "../src/model/context";
import type { AuditActor } from "../src/ports/database-adapter";

export interface CorsOptions {
  /** The origins whose pages may call: `"*"`, a list, or whoever the function says yes to. */
  readonly origin: string | readonly string[] | ((origin: string) => boolean);
  /** Whether cookies may travel. Not with `"*"`. @defaultValue false */
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
  /** Lets a request change flags. Without it, nobody does. */
  readonly adminAuth?: (request: Request) => boolean | Promise<boolean>;
  /** Who is written into history for an admin's request. */
  readonly extractActor?: (request: Request) => AuditActor | undefined | Promise<AuditActor | undefined>;
  /** Where the handler is mounted. @defaultValue "/api/rollease" */
  readonly basePath?: string;
  /** Lets pages of other origins call. @defaultValue only pages of the same origin */
  readonly cors?: CorsOptions;
  /**
   * Whether callers without a key may read flags that are visible to clients, and push. Outside production they may, with
   * a warning, unless this says otherwise; in production this has to say so.
   */
  readonly allowAnonymous?: boolean;
  /** Bodies past this are refused, in bytes. @defaultValue 1048576 */
  readonly maxBodyBytes?: number;
}
