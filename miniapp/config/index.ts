/** How Taro builds the two targets. `npm run build:weapp` and `npm run build:h5` end here. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { ProvidePlugin } from 'webpack';
import type Chain from 'webpack-chain';
import { pageNames } from '../src/routes.ts';
import { sassTokens } from './sass-tokens.ts';

const root = path.resolve(__dirname, '..');
const pagesKey = createHash('sha256').update(JSON.stringify(pageNames)).digest('hex').slice(0, 8);
const shared = path.resolve(root, '../shared/src');
// Published in syntax (private fields) that older phones, and Taro's minifier, do not take. By esbuild, which keeps the marks
// that let unused parts of zod be left out: Babel would lose them, and with them 430 KB.
const modern = ['@tanstack/query-core', '@tanstack/react-query', 'zod', 'ulid', '@noble/hashes'].map(
  (name) => path.resolve(root, '../node_modules', name) + path.sep,
);
const nutuiModules = /[\\/]node_modules[\\/](@nutui|@swc|react-transition-group|dom-helpers)[\\/]/;
const target = process.env.TARO_ENV === 'h5' ? 'h5' : 'weapp';
// The component gallery is for developers: it is in no bundle that ships, and never shares a cache or a folder with one.
const gallery = process.env.KEHOU_GALLERY === '1';

// `shared` imports its neighbours with explicit `.ts` extensions; some packages import `.js` for a `.ts` source.
class ExtensionAlias {
  apply(compiler: { options: { resolve: { extensionAlias?: Record<string, string[]> } } }) {
    compiler.options.resolve.extensionAlias = { '.js': ['.ts', '.tsx', '.js'], '.mjs': ['.mts', '.mjs'] };
  }
}
const webpackChain = (chain: Chain) => {
  chain.plugin('extensionAlias').use(ExtensionAlias);
  chain.resolve.alias.set('@nutui/icons-react-taro$', path.resolve(root, 'src/components/nutui-icons.tsx'));
  chain.performance.hints(false);
  const rule = chain.module.rule('modern').test(/\.[cm]?js$/);
  for (const folder of modern) rule.include.add(folder);
  rule.use('esbuild').loader('esbuild-loader').options({ target: 'es2017' });
};
const webpackChainWeapp = (chain: Chain) => {
  webpackChain(chain);
  // NutUI stands once, in the main package: split up as Taro splits, each role would carry a copy of it in a hundred files.
  const nutui = { name: 'vendors', test: nutuiModules, chunks: 'all', priority: 2000, enforce: true };
  chain.merge({ optimization: { splitChunks: { cacheGroups: { nutui } } } });
  // WeChat has no AbortController, and react-query makes one for every read.
  // Nor has it a TextEncoder, and hashes are of bytes.
  chain.plugin('abortController').use(ProvidePlugin, [
    {
      AbortController: [path.resolve(root, 'src/platform/abort-controller.ts'), 'AbortController'],
      TextEncoder: [path.resolve(root, 'src/platform/text-encoder.ts'), 'TextEncoder'],
    },
  ]);
};
const webpackChainH5 = (chain: Chain) => {
  webpackChain(chain);
  // What two pages share is loaded once; charts only with a page that has one.
  const cacheGroups = {
    charts: { name: 'charts', test: /[\\/](echarts|zrender)[\\/]/, chunks: 'async', priority: 10, enforce: true },
    shared: { name: 'shared', chunks: 'async', minChunks: 2, priority: 5, enforce: true },
  };
  chain.merge({ optimization: { splitChunks: { cacheGroups } } });
};

export default {
  projectName: 'kehou',
  date: '2026-9-1',
  // Sizes are written in logical pixels and shipped as they are: text follows the phone's font size, not its width.
  designWidth: 375,
  deviceRatio: { 375: 2, 640: 2.34 / 2, 750: 1, 828: 1.81 / 2 },
  sourceRoot: 'src',
  outputRoot: `${process.env.KEHOU_DIST ?? 'dist'}/${gallery ? 'gallery-' : ''}${target}`,
  plugins: ['@tarojs/plugin-framework-react', '@tarojs/plugin-platform-weapp', '@tarojs/plugin-platform-h5'],
  defineConstants: {
    // Where the API lives. Empty on h5: the page's own origin.
    KEHOU_API_ORIGIN: JSON.stringify(process.env.KEHOU_API_ORIGIN ?? (target === 'h5' ? '' : 'https://api.kehou.example')),
    KEHOU_GALLERY: JSON.stringify(gallery),
  },
  copy: { patterns: [], options: {} },
  framework: 'react',
  compiler: { type: 'webpack5', prebundle: { enable: false } },
  cache: {
    // Not for WeChat: from a cache, the packages of roles are split without modules that they need (`mini-split-chunks-plugin`).
    enable: target === 'h5',
    // The pages are in the name: webpack does not see that the app's configuration depends on the table of pages.
    name: `kehou-${target}${gallery ? '-gallery' : ''}-${pagesKey}`,
    cacheDirectory: path.resolve(root, 'node_modules/.cache/webpack'),
  },
  sass: { data: sassTokens(target) },
  mini: {
    optimizeMainPackage: { enable: true },
    webpackChain: webpackChainWeapp,
    // Every class has its own prefix, so the order of stylesheets decides nothing.
    miniCssExtractPluginOption: { ignoreOrder: true },
    compile: { include: [shared] },
    postcss: { pxtransform: { enable: false }, cssModules: { enable: false } },
  },
  h5: {
    webpackChain: webpackChainH5,
    compile: { include: [shared] },
    // Relative: the same files work at the root of a host and under a path of a CDN.
    publicPath: './',
    staticDirectory: 'static',
    output: { filename: 'js/[name].[contenthash:8].js', chunkFilename: 'chunk/[name].[contenthash:8].js' },
    miniCssExtractPluginOption: {
      ignoreOrder: true,
      filename: 'css/[name].[contenthash:8].css',
      chunkFilename: 'css/[name].[contenthash:8].css',
    },
    router: { mode: 'hash' },
    postcss: { autoprefixer: { enable: true, config: {} }, pxtransform: { enable: false }, cssModules: { enable: false } },
  },
};
