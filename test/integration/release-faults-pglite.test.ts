import { createPgliteAdapter } from "rollease/db/pglite";
import { releaseContract } from "../server/releases/release-contract";

releaseContract("PGlite", { open: () => Promise.resolve(createPgliteAdapter()) });
