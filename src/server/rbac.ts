import { ForbiddenError } from "../errors";
import type { AuditActor } from "../ports/database-adapter";
import type { RolleaseConfig } from "./config-types";

/** What somebody may do, as `flags:update`, `flags:*` or `*`. */
export type Permission = string;

/** Who may do what. */
export interface RBACPolicy {
  /** What each role may do. An actor has the permissions of all of its roles, and its own. */
  readonly roles: Readonly<Record<string, readonly Permission[]>>;
  /** The permission that each action needs, where it is not the usual one. */
  readonly actions?: Readonly<Record<string, Permission>>;
}

/** Actions by the permission that they need. What is not among them changes a flag. */
const NEEDS: Readonly<Record<string, Permission>> = {
  create: "flags:create",
  clone: "flags:create",
  archive: "flags:archive",
  delete: "flags:delete",
  kill: "flags:kill",
  kill_all: "flags:kill",
  restore: "flags:restore",
  restore_all: "flags:restore",
  lock: "flags:lock",
  unlock: "flags:lock",
  create_segment: "segments:write",
  update_segment: "segments:write",
  delete_segment: "segments:write",
  create_layer: "layers:write",
  update_layer: "layers:write",
  delete_layer: "layers:write",
  create_release: "releases:create",
  update_release: "releases:create",
  approve_release: "releases:approve",
  reject_release: "releases:approve",
  deploy_release: "releases:deploy",
  rollback_release: "releases:rollback",
  create_key: "keys:write",
  rotate_key: "keys:write",
  revoke_key: "keys:write",
  forget_user: "users:forget",
  // Of whatever kind, and however many: nobody's but an admin's.
  import: "definitions:import",
};

/**
 * Four roles: `viewer` reads; `editor` also writes flags, segments and layers and prepares releases; `operator` may do what an
 * emergency asks for (kill, restore, roll back) and deploy; `admin` may do everything.
 */
export function createDefaultRBACPolicy(): RBACPolicy {
  return {
    roles: {
      viewer: ["*:read"],
      editor: ["*:read", "flags:create", "flags:update", "flags:archive", "segments:write", "layers:write", "releases:create"],
      operator: ["*:read", "flags:kill", "flags:restore", "releases:deploy", "releases:rollback"],
      admin: ["*"],
    },
  };
}

/** Whether an actor has a permission. Nobody, and somebody without roles and permissions, has none. */
export function isPermitted(policy: RBACPolicy, actor: AuditActor | undefined, permission: Permission): boolean {
  const roles = actor?.roles ?? [];
  const held = [
    ...(actor?.permissions ?? []),
    ...roles.flatMap((role) => (Object.hasOwn(policy.roles, role) ? (policy.roles[role] ?? []) : [])),
  ];
  const [resource = "", verb = ""] = permission.split(":");
  return held.some((each) => each === "*" || each === permission || each === `${resource}:*` || each === `*:${verb}`);
}

/**
 * A hook for `onBeforeMutation` that refuses what the actor has no permission for.
 *
 * @example
 * createRollease({ db, secret, hooks: { onBeforeMutation: createRBACHook() } });
 * await rl.flags.kill("checkout", { actor: { id: "u1", type: "user", roles: ["operator"] } });
 */
export function createRBACHook(
  policy: RBACPolicy = createDefaultRBACPolicy(),
): NonNullable<NonNullable<RolleaseConfig["hooks"]>["onBeforeMutation"]> {
  return ({ action, actor }) => {
    const permission = policy.actions?.[action] ?? NEEDS[action] ?? "flags:update";
    if (isPermitted(policy, actor, permission)) return;
    throw new ForbiddenError(
      `${actor ? `"${actor.id}"` : "Nobody"} may not ${action.replaceAll("_", " ")}: it needs ${permission}.`,
    );
  };
}

export interface RBACAdminAuthOptions {
  /** @defaultValue {@link createDefaultRBACPolicy} */
  readonly policy?: RBACPolicy;
  /** Who makes the request; `undefined` for nobody that is known. Give the handler the same as `extractActor`. */
  readonly extractActor: (request: Request) => AuditActor | undefined | Promise<AuditActor | undefined>;
}

/**
 * An `adminAuth` for `rl.createHandler`: reading asks for `flags:read`; for writing, any permission but those to read opens
 * the door, and `createRBACHook` then looks at the very action.
 */
export function createRBACAdminAuth({
  policy = createDefaultRBACPolicy(),
  extractActor,
}: RBACAdminAuthOptions): (request: Request) => Promise<boolean> {
  const writes = [...new Set([...Object.values(NEEDS), ...Object.values(policy.actions ?? {}), "flags:update"])];
  return async (request) => {
    const actor = await extractActor(request);
    if (request.method === "GET" || request.method === "HEAD") return isPermitted(policy, actor, "flags:read");
    return writes.some((permission) => isPermitted(policy, actor, permission));
  };
}
