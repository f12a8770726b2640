// An osls plugin: before anything is packaged, bundles every function of serverless.yml into one ES module with its
// source map. Plain JavaScript, because osls imports it.
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const OUT = ".build/functions";

export default class BundleFunctions {
  hooks = {
    "before:package:createDeploymentArtifacts": () => this.bundle(),
    "before:deploy:function:packageFunction": () => this.bundle(),
  };

  constructor(serverless) {
    this.serverless = serverless;
  }

  /** `.build/functions/check-flow.handler` is bundled from `src/lambda/check-flow.ts`. */
  async bundle() {
    const { serviceDir, service } = this.serverless;
    await rm(join(serviceDir, OUT), { recursive: true, force: true });
    await build({
      absWorkingDir: serviceDir,
      entryPoints: Object.values(service.functions).map(
        ({ handler }) => `src/lambda/${basename(handler, ".handler")}.ts`,
      ),
      outdir: OUT,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node24",
      minify: true,
      sourcemap: true,
      logLevel: "warning",
    });
  }
}
