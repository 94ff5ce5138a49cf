// The page's start: everything that shows something, kept up to date.
import { showActions } from './actions.mjs';
import { keepUp } from './control.mjs';
import { showSettings } from './settings.mjs';
import { showTables } from './tables.mjs';

keepUp((overview) => {
	showTables(overview);
	showActions(overview);
	showSettings(overview);
});
