import { createMemoryAdapter } from "rollease/db/memory";
import { releaseContract } from "./release-contract";

releaseContract("memory", { open: () => Promise.resolve(createMemoryAdapter()) });
