import { createDexieStore } from "rollease/dexie";
import { serveStores } from "./serve-stores";

serveStores((name) => createDexieStore({ name }));
