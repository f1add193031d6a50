import { join } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

/**
 * The API report of a package's main entry.
 * @returns {string[]} its faults: a type that an entry needs and does not export
 */
export function makeReport(root, folder, into) {
  const packageFolder = join(root, folder);
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: packageFolder,
      mainEntryPointFilePath: join(packageFolder, "dist/index.d.ts"),
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: "nodenext",
            target: "es2022",
            lib: ["es2023"],
            types: ["node"],
            strict: true,
          },
          files: [join(packageFolder, "dist/index.d.ts")],
        },
        skipLibCheck: true,
      },
      apiReport: {
        enabled: true,
        reportFileName: folder.split("/").at(-1),
        reportFolder: into,
        reportTempFolder: join(root, "var/reference/temp"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: "none" } },
        extractorMessageReporting: {
          default: { logLevel: "none" },
          "ae-forgotten-export": { logLevel: "warning", addToApiReportFile: false },
        },
        tsdocMessageReporting: { default: { logLevel: "none" } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(packageFolder, "package.json"),
  });
  const faults = [];
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      if (message.messageId === "ae-forgotten-export") faults.push(`${folder}: ${message.text}`);
      message.handled = true;
    },
  });
  return faults;
}
