import { tables } from "./0001-tables";
import { changeFeed } from "./0002-change-feed";
import { releasesKeysWebhooks } from "./0003-releases-keys-webhooks";

/** One step of the schema, forward only. A published one never changes. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "tables", statements: tables },
  { version: 2, name: "change feed", statements: changeFeed },
  { version: 3, name: "releases, keys, webhooks", statements: releasesKeysWebhooks },
];
