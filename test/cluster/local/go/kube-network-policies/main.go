// The agent of kube-network-policies for one node, with a kubeconfig: the published program takes only the service account of a pod.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		panic(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		panic(err)
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		// NRI isn't there either way; with NRIdisabled the agent dies of the first packet from or to an address that is no pod's.
		networkpolicy.Config{NodeName: os.Args[2], QueueID: 100},
	)
	if err != nil {
		panic(err)
	}
	factory.Start(ctx.Done())
	if err := controller.Run(ctx); err != nil {
		panic(err)
	}
	<-ctx.Done()
}
