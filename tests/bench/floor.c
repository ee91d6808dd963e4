/*
 * The lower bound: the same work in minimal C, directly on a netlink socket, so that the time is the kernel's.
 * Prints milliseconds and a count, in JSON. Usage: floor WORK NUMBER [NETNS_PATH]
 */
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH (256 * 1024)

static int fd;
static unsigned seq;
static char out[BATCH + 4096], in[1 << 18];
static size_t used;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void *begin(int type, int flags, size_t size) {
  struct nlmsghdr *h = (void *)(out + used);
  memset(h, 0, NLMSG_SPACE(size));
  h->nlmsg_len = NLMSG_SPACE(size);
  h->nlmsg_type = type;
  h->nlmsg_flags = NLM_F_REQUEST | flags;
  h->nlmsg_seq = ++seq;
  return NLMSG_DATA(h);
}

static struct nlmsghdr *message(void) { return (void *)(out + used); }

static struct rtattr *attribute(int type, const void *data, size_t size) {
  struct nlmsghdr *h = message();
  struct rtattr *a = (void *)((char *)h + h->nlmsg_len);
  a->rta_type = type;
  a->rta_len = RTA_LENGTH(size);
  if (size) memcpy(RTA_DATA(a), data, size);
  h->nlmsg_len += RTA_SPACE(size);
  return a;
}

static void close_nest(struct rtattr *a) { a->rta_len = (char *)message() + message()->nlmsg_len - (char *)a; }

static void finish(void) { used += NLMSG_ALIGN(message()->nlmsg_len); }

/* Sends the buffer, then reads until `acks` messages have arrived. */
static void flush(int acks) {
  if (send(fd, out, used, 0) < 0) die("send");
  used = 0;
  while (acks > 0) {
    ssize_t n = recv(fd, in, sizeof in, 0);
    if (n < 0) die("recv");
    for (struct nlmsghdr *h = (void *)in; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      struct nlmsgerr *e = NLMSG_DATA(h);
      if (h->nlmsg_type == NLMSG_ERROR && e->error) fprintf(stderr, "refused: %s\n", strerror(-e->error)), exit(1);
      acks--;
    }
  }
}

static void route(unsigned i, int flags) {
  struct rtmsg *r = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | flags, sizeof *r);
  unsigned address = htonl(0x0a000000 + i), lo = 1;
  r->rtm_family = AF_INET;
  r->rtm_dst_len = 32;
  r->rtm_table = RT_TABLE_MAIN;
  r->rtm_protocol = RTPROT_BOOT;
  r->rtm_scope = RT_SCOPE_LINK;
  r->rtm_type = RTN_UNICAST;
  attribute(RTA_DST, &address, 4);
  attribute(RTA_OIF, &lo, 4);
  finish();
}

/* Adds routes. Only the last request of a batch asks for an ACK. */
static void add_routes(unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    int last = i == n - 1 || used > BATCH - 256;
    route(i, last ? NLM_F_ACK : 0);
    if (last) flush(1);
  }
}

static void add_addresses(unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    int last = i == n - 1 || used > BATCH - 256;
    struct ifaddrmsg *m = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | (last ? NLM_F_ACK : 0), sizeof *m);
    unsigned address = htonl(0x0a000000 + i);
    m->ifa_family = AF_INET;
    m->ifa_prefixlen = 32;
    m->ifa_index = 1;
    attribute(IFA_LOCAL, &address, 4);
    attribute(IFA_ADDRESS, &address, 4);
    finish();
    if (last) flush(1);
  }
}

/* Reads a dump to its end and visits each attribute. Returns the number of objects. */
static long dump(int type, size_t header) {
  long count = 0, bytes = 0;
  memset(begin(type, NLM_F_DUMP, header), 0, header);
  finish();
  flush(0);
  for (;;) {
    ssize_t n = recv(fd, in, sizeof in, 0);
    if (n < 0) die("recv");
    for (struct nlmsghdr *h = (void *)in; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type == NLMSG_DONE) return bytes ? count : 0;
      int left = h->nlmsg_len - NLMSG_SPACE(header);
      for (struct rtattr *a = (void *)((char *)h + NLMSG_SPACE(header)); RTA_OK(a, left); a = RTA_NEXT(a, left)) bytes += a->rta_len;
      count++;
    }
  }
}

static void get_links(unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    struct ifinfomsg *m = begin(RTM_GETLINK, 0, sizeof *m);
    m->ifi_index = 1;
    finish();
    flush(1);
  }
}

/* Creates veth pairs with one end in another namespace, sets them up, adds addresses, then deletes them. */
static void pairs(unsigned n, const char *netns) {
  int other = open(netns, O_RDONLY | O_CLOEXEC);
  char name[IFNAMSIZ];
  if (other < 0) die(netns);
  for (unsigned i = 0; i < n; i++) {
    struct ifinfomsg *m = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, sizeof *m), peer = {0};
    m->ifi_index = 1000 + i;
    m->ifi_flags = m->ifi_change = IFF_UP;
    attribute(IFLA_IFNAME, name, snprintf(name, sizeof name, "v%u", i) + 1);
    struct rtattr *info = attribute(IFLA_LINKINFO, 0, 0);
    attribute(IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = attribute(IFLA_INFO_DATA, 0, 0);
    struct rtattr *end = attribute(VETH_INFO_PEER, &peer, sizeof peer);
    attribute(IFLA_NET_NS_FD, &other, 4);
    close_nest(end), close_nest(data), close_nest(info);
    finish();
    struct ifaddrmsg *a = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, sizeof *a);
    unsigned address = htonl(0x0a000000 + i);
    a->ifa_family = AF_INET;
    a->ifa_prefixlen = 32;
    a->ifa_index = 1000 + i;
    attribute(IFA_LOCAL, &address, 4);
    attribute(IFA_ADDRESS, &address, 4);
    finish();
    if ((i & 15) == 15 || i == n - 1) flush(2 * ((i & 15) + 1));
  }
  for (unsigned i = 0; i < n; i++) {
    struct ifinfomsg *m = begin(RTM_DELLINK, NLM_F_ACK, sizeof *m);
    m->ifi_index = 1000 + i;
    finish();
    if ((i & 15) == 15 || i == n - 1) flush((i & 15) + 1);
  }
}

int main(int argc, char **argv) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  int size = 8 << 20;
  unsigned n = argc > 2 ? strtoul(argv[2], 0, 10) : 0;
  long count = n;
  fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0 || bind(fd, (void *)&address, sizeof address) < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  double start = now();
  if (argc < 2) return 2;
  if (!strcmp(argv[1], "addRoutes")) add_routes(n);
  else if (!strcmp(argv[1], "addAddresses")) add_addresses(n);
  else if (!strcmp(argv[1], "dumpRoutes")) count = dump(RTM_GETROUTE, sizeof(struct rtmsg));
  else if (!strcmp(argv[1], "dumpLinks")) count = dump(RTM_GETLINK, sizeof(struct ifinfomsg));
  else if (!strcmp(argv[1], "getLinks")) get_links(n);
  else if (!strcmp(argv[1], "pairs")) pairs(n, argv[3]);
  else return 2;
  printf("{\"ms\": %.3f, \"count\": %ld}\n", now() - start, count);
  return 0;
}
