import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Application, ReflectionKind } from "typedoc";

const entries = [
  "protocol/index.ts",
  "pki/index.ts",
  "pki/x509/verify-signature.ts",
  "client/app/index.ts",
  "client/app/card/pcsc.ts",
  "client/relying-party/index.ts",
  "client/engine/index.ts",
];

/**
 * A page of each entry, in Markdown.
 * @returns {Promise<string[]>} faults in the docstrings: functions, classes and interfaces without one, broken links
 */
export async function makePages(root, into) {
  const app = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown"],
    entryPoints: entries.map((entry) => join(root, entry)),
    tsconfig: join(root, "tsconfig.packages.json"),
    basePath: root,
    name: "The packages",
    readme: "none",
    disableGit: true,
    sourceLinkTemplate: "{path}",
    router: "module",
    entryFileName: "README",
    excludeScopesInPaths: true,
    useHTMLAnchors: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    hideGenerator: true,
    excludePrivate: true,
    excludeExternals: true,
    skipErrorChecking: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeDeclarationFormat: "table",
    propertyMembersFormat: "table",
    tableColumnSettings: { hideSources: true },
    validation: { notExported: false, invalidLink: true, notDocumented: true },
    requiredToBeDocumented: ["Class", "Interface", "Function", "Method", "Accessor"],
    logLevel: "None",
  });
  const faults = [];
  app.logger = Object.assign(app.logger, {
    log: (message, level) => {
      if (level >= 2) faults.push(stripVTControlCharacters(message));
    },
  });
  const project = await app.convert();
  if (!project) return ["TypeDoc could not read the packages."];
  // Members inherited from Error are documented by the runtime.
  for (const each of project.getReflectionsByKind(ReflectionKind.Constructor))
    if (each.inheritedFrom) project.removeReflection(each);
  app.validate(project);
  await app.outputs.writeOutput({ name: "markdown", path: into }, project);
  await withoutLines(into);
  return faults;
}

/** Sources are named without line numbers, which change with every edit; those of libraries are omitted. */
async function withoutLines(into) {
  for (const name of await readdir(into, { recursive: true })) {
    if (!name.endsWith(".md")) continue;
    const up = "../".repeat(3 + name.split("/").length - 1);
    const text = await readFile(join(into, name), "utf8");
    const made = text
      .replaceAll(/^Defined in: \[([^\]]+?):\d+\]\([^)]*\)\n\n?/gm, (_, path) => {
        const plain = path.replaceAll("\\_", "_");
        return plain.includes("node_modules/") ? "" : `Source: [${plain}](${up}${plain})\n\n`;
      })
      .replaceAll("__namedParameters", "options");
    await writeFile(join(into, name), made);
  }
}
