// @rocket.chat/sdk 0.2.9 from npm, the SDK that bots use. Its calls never reject: they log what went wrong and return undefined.

import assert from 'node:assert/strict';

import { readStatistics } from './reading.mjs';
import { accounts, honoursQuery, load, rejection, stepsOf } from './steps.mjs';

const { api } = load('sdk-0.2.9');
const step = stepsOf(`@rocket.chat/sdk ${load('sdk-0.2.9/package.json').version}`);

const logged = [];
load('sdk-0.2.9/dist/lib/log').replaceLog({
	debug() {},
	info() {},
	warn() {},
	warning() {},
	error: (_, error) => logged.push(error),
});
// A POST that fails is also written to the console, past the log.
console.error = ((original) => (...words) => words.some((word) => word instanceof Error) && original(...words))(console.error);

/** What the client logged of the call that failed. */
const refusal = async (call) => {
	logged.length = 0;
	assert.equal(await call(), undefined);
	assert.equal(logged.length, 1);
	return logged[0];
};

await step('a bad password is refused', async () => {
	logged.length = 0;
	const error = await rejection(() => api.login({ username: 'admin', password: 'wrong' }));
	assert.equal(error.message, '[API] Login failed for admin');
	assert.equal(logged[0].status, 'error');
});
await step('log in', async () => {
	const { data } = await api.login({ username: 'admin', password: 'admin' });
	assert.equal(data.userId, accounts.admin.id);
});

await readStatistics(step, {
	statistics: (params) => api.get('statistics', params),
	list: async (params) => api.get('statistics.list', params),
	refusal,
});

await step('users: all, names, ids', async () => {
	assert.ok((await api.users.allNames()).includes('stats'));
	assert.ok((await api.users.allIDs()).includes(accounts.stats.id));
	assert.ok((await api.users.all()).every((user) => user._id && user.username));
});
await step(honoursQuery ? 'users online: an operator is refused' : 'users online: the filter is ignored', async () => {
	// users.list takes no operator on a field where it takes filters at all.
	if (honoursQuery) {
		const { errorType } = await refusal(() => api.get('users.list', { query: { status: { $ne: 'offline' } } }));
		assert.equal(errorType, 'error-invalid-query');
	} else {
		assert.ok((await api.users.onlineNames()).includes('stats'));
	}
});
await step('a session of another user takes the place of the first', async () => {
	await api.login({ username: 'user', password: 'user' });
	assert.equal((await api.get('me')).username, 'user');
});
await step('a plain user is refused: error-not-allowed', async () => {
	for (const endpoint of ['statistics', 'statistics.list']) {
		assert.deepEqual(await refusal(() => api.get(endpoint)), { success: false, error: 'error-not-allowed' });
	}
});
await step('fifty calls in a row meet no rate limit', async () => {
	await api.login({ username: 'stats', password: 'stats' });
	for (let call = 0; call < 50; call += 1) {
		assert.equal((await api.get('statistics')).success, true);
	}
});
await step('log out by GET: the token is dead', async () => {
	const session = api.currentLogin;
	await api.logout();
	assert.equal(api.currentLogin, null);
	// Put back, so that the client tries the old token rather than log in anew.
	api.currentLogin = session;
	api.setAuth(session);
	const { message } = await refusal(() => api.get('me'));
	assert.equal(message, 'You must be logged in to do this.');
});
