// An osls plugin: before anything is packaged, bundles every function of serverless.yml into ES modules with
// source maps.
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";

const OUT = ".build/functions";

/** What osls shows a plugin of itself. */
interface Serverless {
  readonly serviceDir: string;
  readonly service: { readonly functions: Readonly<Record<string, { readonly handler: string }>> };
}

export default class BundleFunctions {
  readonly serverless: Serverless;

  readonly hooks = {
    "before:package:createDeploymentArtifacts": () => this.bundle(),
    "before:deploy:function:packageFunction": () => this.bundle(),
  };

  constructor(serverless: Serverless) {
    this.serverless = serverless;
  }

  /**
   * `.build/functions/check-flow/index.mjs` is bundled from `src/lambda/check-flow.ts`. What is imported when it is needed
   * lies beside it in files of its own, so that a function that starts reads no more than it runs.
   */
  async bundle(): Promise<void> {
    const { serviceDir, service } = this.serverless;
    await rm(join(serviceDir, OUT), { recursive: true, force: true });
    const names = Object.values(service.functions).map(({ handler }) => basename(dirname(handler)));
    await Promise.all(names.map((name) => bundleFunction(name, serviceDir, join(OUT, name))));
  }
}

/** Bundles the function of that name into a folder. */
export async function bundleFunction(name: string, serviceDir: string, outdir: string): Promise<void> {
  await build({
    absWorkingDir: serviceDir,
    entryPoints: { index: `src/lambda/${name}.ts` },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minify: true,
    sourcemap: true,
    // Stack traces need names and lines, not the text.
    sourcesContent: false,
    // Packages in CommonJS require Node's own modules.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "warning",
  });
}
