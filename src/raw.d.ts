declare module "*.wgsl?raw" {
  const code: string;
  export default code;
}

declare module "*.js?raw" {
  const code: string;
  export default code;
}
