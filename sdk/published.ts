/** The workspace's manifest: `exports` and `bin` name sources, one file each. */
export interface Manifest {
  exports: Record<string, string>;
  bin?: Record<string, string>;
  scripts?: object;
  devDependencies?: object;
}

/** Where the build puts what a source becomes: `./src/cli/main.ts` is `./cli/main.js`. */
export const builtAs = (source: string) => source.replace(/^\.\/src\//, './').replace(/\.ts$/, '.js');

/** The manifest that is published: the same entries as they are built, without what only the workspace needs. */
export function publishedFrom({ exports, bin, scripts: _, devDependencies: __, ...rest }: Manifest): object {
  const main = builtAs(exports['.'] ?? '');
  return {
    ...rest,
    // Resolvers that do not know `exports` find the main entry by these, and the others by their place.
    main,
    types: typesOf(main),
    exports: {
      ...Object.fromEntries(Object.entries(exports).map(([name, source]) => [name, published(name, source)])),
      './package.json': './package.json',
    },
    ...(bin && { bin: Object.fromEntries(Object.entries(bin).map(([name, source]) => [name, builtAs(source)])) }),
  };
}

/**
 * What knows `module-sync` can `require` an ES module (Node from 20.19 and 22.12 on) and gets the one that is imported too,
 * so that an application which does both has one copy and `instanceof` holds.
 */
function published(name: string, source: string): string | object {
  if (source.endsWith('.json')) return name;
  const built = builtAs(source);
  const commonjs = built.replace(/\.js$/, '.cjs');
  return {
    import: { types: typesOf(built), default: built },
    require: { types: typesOf(commonjs), 'module-sync': built, default: commonjs },
  };
}

const typesOf = (built: string) => built.replace(/\.(c?)js$/, '.d.$1ts');
