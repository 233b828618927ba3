// @rocket.chat/sdk 1.0.0-alpha.42 from npm, the REST half: what the mobile app and EmbeddedChat build on.

import assert from 'node:assert/strict';

import { readStatistics } from './reading.mjs';
import { accounts, honoursQuery, load, logoutIsEmpty, profile, rejection, stepsOf, url } from './steps.mjs';

const { default: Api } = load('sdk-1.0.0-alpha.42/lib/api/RocketChat');
const step = stepsOf(`@rocket.chat/sdk ${load('sdk-1.0.0-alpha.42/package.json').version}`);

/** The body that a call is rejected with. */
const refusal = async (call) => (await rejection(call)).data;

const admin = new Api({ host: url });
await step('log in by name', async () => {
	const data = await admin.login({ username: 'admin', password: 'admin' });
	assert.equal(data.userId, accounts.admin.id);
	assert.equal(admin.username, 'admin');
});
await step('log in by address', async () => {
	const other = new Api({ host: url });
	await other.login({ user: 'admin@example.org', password: 'admin' });
	assert.equal(other.username, 'admin');
});
await step('log in again with the token', async () => {
	const other = new Api({ host: url });
	await other.login({ resume: admin.currentLogin.authToken });
	assert.equal(other.username, 'admin');
});
await step('a bad password is refused', async () => {
	const { status, data } = await rejection(() => new Api({ host: url }).login({ username: 'admin', password: 'wrong' }));
	assert.equal(status, 401);
	assert.equal(data.status, 'error');
});
await step('me, with a bare question mark', async () => {
	assert.equal((await admin.get('me')).username, 'admin');
});

await readStatistics(step, {
	statistics: (params) => admin.get('statistics', params),
	list: (params) => admin.get('statistics.list', params),
	refusal,
});

await step('users: all, names, ids, one', async () => {
	assert.ok((await admin.users.allNames()).includes('stats'));
	assert.ok((await admin.users.allIDs()).includes(accounts.stats.id));
	assert.ok((await admin.users.all()).every((user) => user._id && user.username));
	assert.equal((await admin.users.info('stats'))._id, accounts.stats.id);
});
await step(honoursQuery ? 'users online: an operator is refused' : 'users online: the filter is ignored', async () => {
	// users.list takes no operator on a field where it takes filters at all.
	if (honoursQuery) {
		assert.equal((await refusal(() => admin.users.online())).errorType, 'error-invalid-query');
	} else {
		assert.ok((await admin.users.onlineNames()).includes('stats'));
	}
});
if (profile === 'documented') {
	await step('server information under v1', async () => {
		assert.equal((await admin.info()).version, '0.61.0');
	});
}
await step('without credentials: 401', async () => {
	const { status, data } = await rejection(() => new Api({ host: url }).get('statistics', {}, false));
	assert.equal(status, 401);
	assert.equal(data.message, 'You must be logged in to do this.');
});
await step('a plain user is refused: 400 error-not-allowed', async () => {
	const plain = new Api({ host: url });
	await plain.login({ username: 'user', password: 'user' });
	for (const endpoint of ['statistics', 'statistics.list']) {
		const { status, data } = await rejection(() => plain.get(endpoint));
		assert.equal(status, 400);
		assert.deepEqual(data, { success: false, error: 'error-not-allowed' });
	}
});
await step('fifty calls in a row meet no rate limit', async () => {
	const stats = new Api({ host: url });
	await stats.login({ username: 'stats', password: 'stats' });
	for (let call = 0; call < 50; call += 1) {
		assert.equal((await stats.get('statistics')).success, true);
	}
});
await step('log out: the token is dead', async () => {
	const other = new Api({ host: url });
	await other.login({ username: 'admin', password: 'admin' });
	if (logoutIsEmpty) {
		// The client reads every answer as JSON and this one is empty; the server has logged out all the same.
		assert.ok((await rejection(() => other.logout())) instanceof SyntaxError);
	} else {
		assert.equal((await other.logout()).status, 'success');
	}
	assert.equal((await rejection(() => other.get('me'))).status, 401);
	assert.equal((await admin.get('me')).username, 'admin');
});
