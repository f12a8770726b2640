import { objectStoreContract } from "../contract/object-store.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";

objectStoreContract({
  name: "memory",
  openUploads: 10_000,
  histories: 50,
  async open() {
    const store = new MemoryObjectStore(["memory"]);
    return { store, other: store, bucket: "memory" };
  },
});
