// Taro's preset: React's automatic runtime, TypeScript, and the Taro API import transform.
module.exports = { presets: [['taro', { framework: 'react', ts: true, hot: false }]] };
