import { createMemoryStore } from "../../src/replica/memory-store";
import { localStoreContract } from "../contracts/local-store";

localStoreContract("memory", () => ({ open: createMemoryStore, another: createMemoryStore, shares: false }));
