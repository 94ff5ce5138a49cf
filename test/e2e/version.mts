// Tells scripts/real-n8n which n8n a test file is about, before the file is loaded.
declare const N8N_VERSION: string;

process.env.N8N_VERSION = N8N_VERSION;
