// What every client of Node reads of the statistics: page by page, sorted, filtered, projected.

import assert from 'node:assert/strict';

import { honoursQuery } from './steps.mjs';

const ids = (records) => records.map((record) => record._id).sort();
const times = (records) => records.map((record) => Date.parse(record.createdAt));

/** Reads pages of `count` until one is short, as the clients' own pagers do. */
async function readAll(list, params, count = 50) {
	const records = [];
	for (let offset = 0; ; offset += count) {
		const page = await list({ ...params, offset, count });
		assert.equal(page.count, page.statistics.length);
		assert.equal(page.offset, offset);
		records.push(...page.statistics);
		if (page.statistics.length < count) {
			return records;
		}
	}
}

/** Filters by what the records hold: each with what it should find. */
function filters(records) {
	const major = records[0].version.split('.')[0];
	const since = Date.parse(records[120].createdAt);
	return {
		'filter by value': [{ version: records[0].version }, (r) => r.version === records[0].version],
		'filter by id': [{ _id: records[5]._id }, (r) => r._id === records[5]._id],
		'filter by range': [{ totalUsers: { $gt: records[99].totalUsers } }, (r) => r.totalUsers > records[99].totalUsers],
		'filter by date': [{ createdAt: { $gte: { $date: since } } }, (r) => Date.parse(r.createdAt) >= since],
		'filter by either': [
			{ $or: [{ _id: records[1]._id }, { totalUsers: records[2].totalUsers }] },
			(r) => r._id === records[1]._id || r.totalUsers === records[2].totalUsers,
		],
		'filter by expression': [{ version: { $regex: `^${major}[.]` } }, (r) => r.version.split('.')[0] === major],
	};
}

/**
 * @param step runs one step
 * @param client `statistics(params)` and `list(params)` read as admin, with `sort`, `fields` and `query` as objects or as text to
 *   send as it is; `refusal(call)` gives the body of the error that a call ends with
 */
export async function readStatistics(step, { statistics, list, refusal }) {
	let everything = [];

	await step('statistics', async () => {
		const record = await statistics({});
		assert.equal(record.success, true);
		assert.ok(record._id && record.uniqueId);
	});
	await step('statistics computed anew', async () => {
		const before = (await list({ count: 1 })).total;
		const fresh = await statistics({ refresh: 'true' });
		assert.equal((await list({ count: 1 })).total, before + 1);
		assert.equal((await statistics({}))._id, fresh._id);
	});
	await step('statistics.list page by page to the end', async () => {
		const { total } = await list({ count: 1 });
		everything = await readAll(list, {});
		assert.equal(everything.length, total);
		assert.equal(new Set(ids(everything)).size, total);
	});
	await step('pages of every length tile the list', async () => {
		for (const count of [7, 80, 100]) {
			const pages = await readAll(list, { sort: { createdAt: 1 } }, count);
			assert.deepEqual(ids(pages), ids(everything), `pages of ${count}`);
		}
	});
	await step('without parameters: the default count', async () => {
		const page = await list({});
		assert.deepEqual(Object.keys(page), ['statistics', 'count', 'offset', 'total', 'success']);
		assert.equal(page.count, 50);
	});
	await step('sort', async () => {
		const newestFirst = times(await readAll(list, { sort: { createdAt: -1 } }));
		assert.deepEqual(newestFirst, [...newestFirst].sort((a, b) => b - a));
		const sorted = await readAll(list, { sort: { totalUsers: 1, createdAt: -1 } });
		assert.deepEqual(ids(sorted), ids(everything));
		const users = sorted.map((record) => record.totalUsers);
		assert.deepEqual(users, [...users].sort((a, b) => a - b));
	});
	await step('a malformed sort is told', async () => {
		const error = await refusal(() => list({ sort: '{createdAt' }));
		assert.equal(error.errorType, 'error-invalid-sort');
	});
	for (const [name, [query, matches]] of Object.entries(filters(everything))) {
		await step(honoursQuery ? name : `${name}: ignored`, async () => {
			const found = await readAll(list, { query });
			const wanted = honoursQuery ? everything.filter(matches) : everything;
			assert.ok(found.length > 0);
			assert.deepEqual(ids(found), ids(wanted));
		});
	}
	await step(honoursQuery ? 'a malformed query is told' : 'a malformed query: ignored', async () => {
		if (honoursQuery) {
			const error = await refusal(() => list({ query: '{totalUsers' }));
			assert.equal(error.errorType, 'error-invalid-query');
		} else {
			assert.equal((await list({ query: '{totalUsers' })).total, everything.length);
		}
	});
	await step(honoursQuery ? 'projection' : 'projection: ignored', async () => {
		const only = (await list({ fields: { totalUsers: 1 } })).statistics;
		const without = (await list({ fields: { os: 0, totalUsers: 0 } })).statistics;
		if (honoursQuery) {
			assert.ok(only.every((record) => Object.keys(record).sort().join() === '_id,totalUsers'));
			assert.ok(without.every((record) => record.version && !('os' in record) && !('totalUsers' in record)));
		} else {
			assert.deepEqual(only, without);
			assert.ok(only.every((record) => 'version' in record && 'os' in record));
		}
	});
}
