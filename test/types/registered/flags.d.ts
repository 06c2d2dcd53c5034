import "rollease";

declare module "rollease" {
  interface FlagRegistry {
    "max-items": number;
    "dark-mode": boolean;
    checkout: "control" | "one-page";
    banner: { readonly text: string };
  }
}
