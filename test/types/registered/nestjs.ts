import { FeatureFlag, type FeatureFlagService } from "rollease/nestjs";

export async function everyKnownKeyIsTaken(flags: FeatureFlagService): Promise<void> {
  exactly<boolean>()(await flags.isEnabled("dark-mode", { userId: "u1" }));
  exactly<boolean>()(await flags.isEnabledForRequest("dark-mode", { headers: {} }));
  exactly<MethodDecorator & ClassDecorator>()(FeatureFlag("dark-mode", { status: 403 }));
}

export async function anUnknownKeyIsAnError(flags: FeatureFlagService): Promise<void> {
  // @ts-expect-error No such flag.
  await flags.isEnabled("dark-mod");
  // @ts-expect-error No such flag.
  await flags.isEnabledForRequest("dark-mod", { headers: {} });
  // @ts-expect-error No such flag.
  FeatureFlag("dark-mod");
  // What is created need not be known yet.
  await flags.create({ key: "dark-mod" });
}
