"""The benchmark's work by pyroute2: `python3 peer.py WORK NUMBER [NETNS_PATH]`, run inside a namespace."""
import json
import sys
import time

from pyroute2 import IPRoute

work, n = sys.argv[1], int(sys.argv[2])
argument = sys.argv[3] if len(sys.argv) > 3 else None


def address(i):
    return '10.%d.%d.%d' % (i >> 16, (i >> 8) & 255, i & 255)


with IPRoute() as ipr:
    began = time.monotonic()
    count = n
    if work == 'addRoutes':
        for i in range(n):
            ipr.route('add', dst=address(i) + '/32', oif=1)
    elif work == 'addAddresses':
        for i in range(n):
            ipr.addr('add', index=1, address=address(i), prefixlen=32)
    elif work == 'dumpRoutes':
        count = len(list(ipr.get_routes(family=2)))
    elif work == 'dumpLinks':
        count = len(list(ipr.get_links()))
    elif work == 'getLinks':
        for _ in range(n):
            ipr.get_links(1)
    elif work == 'pairs':
        for i in range(n):
            ipr.link('add', ifname='v%d' % i, index=1000 + i, kind='veth', peer={'net_ns_fd': argument})
            ipr.link('set', index=1000 + i, state='up')
            ipr.addr('add', index=1000 + i, address=address(i), prefixlen=32)
        for i in range(n):
            ipr.link('del', index=1000 + i)
    else:
        sys.exit(2)
    print(json.dumps({'ms': (time.monotonic() - began) * 1e3, 'count': count}))
