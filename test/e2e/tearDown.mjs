export default () => globalThis.closeReception();
