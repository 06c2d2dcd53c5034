import { createMemoryAdapter } from "rollease/db/memory";
import { databaseAdapterContract } from "../../../contracts/database-adapter";

databaseAdapterContract("memory", { open: () => Promise.resolve(createMemoryAdapter()) });
