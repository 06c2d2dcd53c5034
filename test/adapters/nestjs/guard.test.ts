import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type Type,
  UseGuards,
  VersioningType,
} from "@nestjs/common";
import { FeatureFlag, FeatureFlagService, type FeatureFlagRequest } from "rollease/nestjs";
import { describe, expect, it } from "vitest";
import { type OpenApp, openApp } from "./open-app";

interface User {
  readonly id: string;
  readonly tenant?: string;
}

/** Who says who they are is who they are, once this guard has run. */
class AuthGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<{ headers: Record<string, string>; user?: User }>();
    const { "x-user": id, "x-tenant": tenant } = request.headers;
    if (id !== undefined) request.user = { id, ...(tenant !== undefined && { tenant }) };
    return true;
  }
}

const contextFromRequest = async ({ user }: FeatureFlagRequest & { readonly user?: User }) =>
  user && { userId: user.id, ...(user.tenant !== undefined && { tenantId: user.tenant }) };

@Controller("methods")
@UseGuards(AuthGuard)
class MethodController {
  @Get("open")
  open() {
    return "open";
  }

  @Get("guarded")
  @FeatureFlag("GUARDED")
  guarded() {
    return "guarded";
  }

  @Get("forbidden")
  @FeatureFlag("GUARDED", { status: 403 })
  forbidden() {
    return "forbidden";
  }

  @Get("both")
  @FeatureFlag("GUARDED")
  @FeatureFlag("OTHER", { status: 403 })
  both() {
    return "both";
  }
}

@Controller("class")
@FeatureFlag("GUARDED")
@UseGuards(AuthGuard)
class GuardedController {
  @Get()
  all() {
    return "all";
  }

  @Get("other")
  @FeatureFlag("OTHER")
  other() {
    return "other";
  }
}

@Injectable()
class DeepService {
  constructor(private readonly flags: FeatureFlagService) {}

  async ask(): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return this.flags.isEnabled("GUARDED");
  }
}

@Controller("deep")
@UseGuards(AuthGuard)
class DeepController {
  constructor(
    private readonly deep: DeepService,
    private readonly flags: FeatureFlagService,
  ) {}

  @Get()
  async ask() {
    const explicit = await Promise.all([this.flags.isEnabled("GUARDED", {}), this.flags.isEnabled("GUARDED", { userId: "ann" })]);
    return [await this.deep.ask(), ...explicit];
  }
}

@Module({ controllers: [DeepController], providers: [DeepService] })
class DeepModule {}

async function open(controllers: Type[], prepare?: Parameters<typeof openApp>[2]): Promise<OpenApp> {
  const opened = await openApp({ contextFromRequest }, { controllers, imports: [DeepModule] }, prepare);
  await opened.flags.create({ key: "GUARDED" });
  await opened.flags.create({ key: "OTHER" });
  await opened.flags.setOverride("GUARDED", { userId: "ann", enabled: true });
  return opened;
}

describe("@FeatureFlag", () => {
  it("lets in for whom the flag is on, and shows others what no route shows", async () => {
    const { get } = await open([MethodController]);
    expect(await get("/methods/open")).toEqual({ status: 200, body: "open" });
    expect(await get("/methods/guarded", { "x-user": "ann" })).toEqual({ status: 200, body: "guarded" });
    const refused = await get("/methods/guarded?a=b", { "x-user": "bob" });
    const absent = await get("/methods/nothing?a=b", { "x-user": "bob" });
    expect(refused.status).toBe(404);
    expect(JSON.stringify(refused).replaceAll("guarded", "nothing")).toBe(JSON.stringify(absent));
    expect((await get("/methods/guarded")).status).toBe(404);
  });

  it("answers 403 where it is told to", async () => {
    const { get } = await open([MethodController]);
    expect(await get("/methods/forbidden", { "x-user": "bob" })).toEqual({
      status: 403,
      body: { statusCode: 403, message: "Forbidden" },
    });
    expect((await get("/methods/forbidden", { "x-user": "ann" })).status).toBe(200);
  });

  it("holds for every method of a class, and beside those of a method", async () => {
    const { get, flags } = await open([GuardedController]);
    expect((await get("/class")).status).toBe(404);
    expect((await get("/class", { "x-user": "ann" })).status).toBe(200);
    expect((await get("/class/other", { "x-user": "ann" })).status).toBe(404);
    await flags.update("OTHER", { enabled: true });
    expect((await get("/class/other", { "x-user": "ann" })).status).toBe(200);
    expect((await get("/class/other", { "x-user": "bob" })).status).toBe(404);
  });

  it("wants every flag of a method, the lowest first", async () => {
    const { get, flags } = await open([MethodController]);
    expect((await get("/methods/both", { "x-user": "ann" })).status).toBe(403);
    await flags.update("OTHER", { enabled: true });
    expect((await get("/methods/both", { "x-user": "ann" })).status).toBe(200);
    expect((await get("/methods/both", { "x-user": "bob" })).status).toBe(404);
  });

  it("follows the flag", async () => {
    const { get, flags } = await open([MethodController]);
    expect((await get("/methods/guarded", { "x-user": "bob" })).status).toBe(404);
    await flags.setOverride("GUARDED", { tenantId: "acme", enabled: true });
    expect((await get("/methods/guarded", { "x-user": "bob", "x-tenant": "acme" })).status).toBe(200);
    await flags.archive("GUARDED");
    expect((await get("/methods/guarded", { "x-user": "bob", "x-tenant": "acme" })).status).toBe(404);
  });
});

describe("a request's context", () => {
  it.each([
    ["", () => undefined],
    ["/api", (app: OpenApp["app"]) => void app.setGlobalPrefix("api")],
    ["", (app: OpenApp["app"]) => void app.setGlobalPrefix("api", { exclude: ["deep"] })],
    ["/v1", (app: OpenApp["app"]) => void app.enableVersioning({ type: VersioningType.URI, defaultVersion: "1" })],
  ])("is that of isEnabled without one, however deep, below %j (%#)", async (prefix, prepare) => {
    const { get } = await open([], prepare);
    const asked = ["ann", "bob", "ann", "bob"].map((user) => get(`${prefix}/deep`, { "x-user": user }));
    const bodies = (await Promise.all(asked)).map(({ body }) => body);
    expect(bodies).toEqual([
      [true, false, true],
      [false, false, true],
      [true, false, true],
      [false, false, true],
    ]);
    expect((await get(`${prefix}/deep`)).body).toEqual([false, false, true]);
  });

  it("is nobody's where nothing says whose, or where there is no request", async () => {
    const { get, flags } = await openApp({}, { imports: [DeepModule] });
    await flags.create({ key: "GUARDED", enabled: true, percentage: 0 });
    expect((await get("/deep", { "x-user": "ann" })).body).toEqual([true, true, false]);
    expect(await flags.isEnabled("GUARDED")).toBe(true);
    expect(await flags.isEnabledForRequest("GUARDED", { headers: {} })).toBe(true);
  });

  it("that cannot be one is refused by name", async () => {
    const { get, flags } = await openApp({ contextFromRequest: () => ({ userId: 7 as never }) }, { imports: [DeepModule] });
    expect((await get("/deep")).status).toBe(500);
    await expect(flags.isEnabledForRequest("FLAG", { headers: {} })).rejects.toThrow("userId: must be text");
    await expect(flags.isEnabled("FLAG", { tenantId: {} as never })).rejects.toThrow("tenantId: must be text");
    await expect(flags.isEnabled("FLAG", "ann" as never)).rejects.toThrow("context: must be an object");
  });

  it("that cannot be told lets nobody in", async () => {
    const { get } = await openApp(
      { contextFromRequest: () => Promise.reject(new Error("no token")) },
      { controllers: [MethodController] },
    );
    expect((await get("/methods/guarded")).status).toBe(500);
  });
});
