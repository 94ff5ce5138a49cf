// n8n reads the node and credential classes from the "n8n" section of package.json; nothing is exported here.
