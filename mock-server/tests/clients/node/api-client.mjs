// @rocket.chat/api-client from npm, the REST client of Rocket.Chat's own front end.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { readStatistics } from './reading.mjs';
import { accounts, load, logoutIsEmpty, profile, rejection, stepsOf, url } from './steps.mjs';

const { RestClient } = load('@rocket.chat/api-client');
const step = stepsOf(`@rocket.chat/api-client ${load('@rocket.chat/api-client/package.json').version}`);

const headers = ({ id, token }) => ({ 'X-User-Id': id, 'X-Auth-Token': token });
const clientOf = (credentials) => new RestClient({ baseUrl: url, credentials: credentials && headers(credentials) });
/** Status and body of the response that a call is rejected with. */
const refusal = async (call) => {
	const response = await rejection(call);
	assert.ok(response instanceof Response, String(response));
	return { status: response.status, ...(await response.json()) };
};
/** The client sends parameters as text; what is an object becomes JSON here, as in the front end. */
const text = (params) =>
	Object.fromEntries(
		Object.entries(params).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : value]),
	);

const anonymous = clientOf();
const logIn = async (body) => {
	const { status, data } = await anonymous.post('/v1/login', body);
	assert.equal(status, 'success');
	assert.ok(data.me.username);
	return { id: data.userId, token: data.authToken };
};

let session;
await step('log in by name', async () => {
	session = await logIn({ user: 'admin', password: 'admin' });
	assert.equal(session.id, accounts.admin.id);
});
await step('log in by address', async () => {
	assert.equal((await logIn({ user: 'admin@example.org', password: 'admin' })).id, accounts.admin.id);
});
await step('log in with a digest', async () => {
	const digest = createHash('sha256').update('admin').digest('hex');
	await logIn({ user: 'admin', password: { digest, algorithm: 'sha-256' } });
});
await step('log in again with the token', async () => {
	assert.equal((await logIn({ resume: session.token })).id, accounts.admin.id);
});
await step('a bad password is refused', async () => {
	const { status, message } = await refusal(() => logIn({ user: 'admin', password: 'wrong' }));
	assert.equal(status, 'error');
	assert.ok(['Unauthorized', 'Incorrect password'].includes(message), message);
});

const admin = clientOf(session);
await step('me and server information', async () => {
	assert.equal((await admin.get('/v1/me')).username, 'admin');
	assert.equal((await admin.get('/info')).success, true);
});

await readStatistics(step, {
	statistics: (params) => admin.get('/v1/statistics', text(params)),
	list: (params) => admin.get('/v1/statistics.list', text(params)),
	refusal,
});
await step('a list in brackets: its first number counts', async () => {
	assert.equal((await admin.get('/v1/statistics.list', { count: ['3', '4'] })).count, 3);
});

await step('without credentials: 401', async () => {
	const { status, message } = await refusal(() => anonymous.get('/v1/statistics.list'));
	assert.ok(status === 'error' && message === 'You must be logged in to do this.', message);
	assert.equal((await rejection(() => anonymous.get('/v1/statistics'))).status, 401);
});
await step('a plain user is refused: 400 error-not-allowed', async () => {
	const plain = clientOf(await logIn({ user: 'user', password: 'user' }));
	for (const path of ['/v1/statistics', '/v1/statistics.list']) {
		assert.deepEqual(await refusal(() => plain.get(path)), { status: 400, success: false, error: 'error-not-allowed' });
	}
});
await step('a second factor is asked for and taken', async () => {
	const asked = [];
	admin.handleTwoFactorChallenge(async ({ method }) => {
		asked.push(method);
		return createHash('sha256').update('admin').digest('hex');
	});
	const set = (value) => admin.post('/v1/settings/API_Default_Count', { value });
	assert.equal((await set(20)).success, true);
	assert.deepEqual(asked, ['password']);
	assert.equal((await admin.get('/v1/statistics.list')).count, 20);
	assert.equal((await set(50)).success, true);
});
await step('a personal access token is made, used and removed', async () => {
	const tokenName = 'clients';
	const { token } = await admin.post('/v1/users.generatePersonalAccessToken', { tokenName });
	const { tokens } = await admin.get('/v1/users.getPersonalAccessTokens');
	assert.ok(tokens.some(({ name, lastTokenPart }) => name === tokenName && token.endsWith(lastTokenPart)));
	const script = clientOf({ id: accounts.admin.id, token });
	assert.equal((await script.get('/v1/statistics.list', { count: 1 })).count, 1);
	await admin.post('/v1/users.removePersonalAccessToken', { tokenName });
	assert.equal((await rejection(() => script.get('/v1/me'))).status, 401);
});
if (profile !== 'documented') {
	await step('telemetry', async () => {
		const params = [{ eventName: 'slashCommandsStats', command: 'jitsi' }];
		assert.deepEqual(await admin.post('/v1/statistics.telemetry', { params }), { success: true });
		const unknown = () => admin.post('/v1/statistics.telemetry', { params: [{ eventName: 'none' }] });
		assert.deepEqual(await refusal(unknown), { status: 400, success: false, error: 'event not found' });
	});
}
await step('fifty calls in a row meet no rate limit', async () => {
	const stats = clientOf(accounts.stats);
	for (let call = 0; call < 50; call += 1) {
		assert.equal((await stats.get('/v1/statistics')).success, true);
	}
});

await step('log out: the token is dead, another one lives', async () => {
	if (logoutIsEmpty) {
		// The client reads every answer as JSON and this one is empty; the server has logged out all the same.
		assert.ok((await rejection(() => admin.post('/v1/logout'))) instanceof SyntaxError);
	} else {
		assert.equal((await admin.post('/v1/logout')).status, 'success');
	}
	assert.equal((await rejection(() => admin.get('/v1/me'))).status, 401);
	assert.equal((await clientOf(accounts.admin).get('/v1/me')).username, 'admin');
});
