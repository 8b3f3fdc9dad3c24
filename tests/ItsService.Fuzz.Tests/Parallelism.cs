// Time of processors is measured, which is the whole process's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
