import type { ObjectStore } from "../sdk/object-store.ts";

/** One store of several: `storeOf` says where a bucket is. */
export function routeBuckets(storeOf: (bucket: string) => ObjectStore): ObjectStore {
  return {
    list: (bucket, prefix, after) => storeOf(bucket).list(bucket, prefix, after),
    head: (bucket, key) => storeOf(bucket).head(bucket, key),
    read: (bucket, key, range) => storeOf(bucket).read(bucket, key, range),
    put: (bucket, key, body, options) => storeOf(bucket).put(bucket, key, body, options),
    delete: (bucket, key) => storeOf(bucket).delete(bucket, key),
    createUpload: (bucket, key, options) => storeOf(bucket).createUpload(bucket, key, options),
    uploadPart: (upload, number, body) => storeOf(upload.bucket).uploadPart(upload, number, body),
    copyPart: async (upload, number, source) => {
      const store = storeOf(upload.bucket);
      return storeOf(source.bucket) === store ? store.copyPart(upload, number, source) : undefined;
    },
    completeUpload: (upload, parts) => storeOf(upload.bucket).completeUpload(upload, parts),
    clock: (bucket) => storeOf(bucket).clock(bucket),
    listUploads: (bucket, prefix) => storeOf(bucket).listUploads(bucket, prefix),
    uploadDays: (bucket, key) => storeOf(bucket).uploadDays(bucket, key),
    abortUpload: (upload) => storeOf(upload.bucket).abortUpload(upload),
  };
}
