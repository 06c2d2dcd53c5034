import { createIdbStore } from "rollease/idb";
import { serveStores } from "./serve-stores";

serveStores((name) => createIdbStore({ name }));
