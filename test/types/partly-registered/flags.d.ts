import "rollease";

declare module "rollease" {
  interface FlagRegistry {
    "max-items": number;
    [key: string]: unknown;
  }
}
