// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of the hosts share among themselves.
#ifndef NET_HOST_HOSTS_PRIVATE_H
#define NET_HOST_HOSTS_PRIVATE_H

#include "net/host/hosts.h"

#define NET_DEVICE "wire0" /* in both hosts, whatever it is */

/*
 * Give both hosts, which have namespaces, their device: device_fd (and device_index), not yet up. The calling thread is
 * in the lab's namespace and is there again on return. -1: err is a sentence with what would allow it.
 */
int net_tun_open(struct net_hosts *, struct net_error *err);
int net_veth_open(struct net_hosts *, struct net_error *err);

int net_veth_recv(int fd, uint8_t *packet, size_t room);
int net_veth_send(int fd, int index, const uint8_t *packet, size_t bytes);

/* Why namespaces were refused: err->code and err->call say which call and how; err->text becomes the sentence. Returns
 * -1. */
int net_refused(struct net_error *err, int code, const char *call);

/* The saved limits of net_hosts_be_patient(); NULL on loopback. */
struct net_patience *net_patience_new(void);
void net_patience_free(struct net_patience *);

#endif
